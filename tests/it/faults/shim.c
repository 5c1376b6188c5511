/* Faults on demand, for tests: LD_PRELOADed into logscan, it stands between the program and the C library.
 *
 * What it does is said by environment variables; without them it does nothing.
 *
 *   SHIM_FILE         the file (or, as /dev/stdin, the pipe) that it is about, however it is opened
 *   SHIM_BAD          byte ranges of it that cannot be read, as 4096-8192,12288-16384: a read that begins there fails,
 *                     one that reaches there is short. A mapping has pages there that raise SIGBUS.
 *   SHIM_READ_ERRNO   with what reads fail there; EIO if it is not set
 *   SHIM_WHOLE=1      a read that reaches a bad range fails, too
 *   SHIM_ZEROS=1      reads of the file, where it was cut short, give zeros up to its old end, as FUSE may do
 *   SHIM_READ_SHORT   reads of the file give at most so many bytes
 *   SHIM_READ_EINTR   the first of every so many reads of the file fails with EINTR
 *   SHIM_OPEN_ERRNO, SHIM_STAT_ERRNO, SHIM_MMAP_ERRNO   to open, stat or map the file fails so
 *   SHIM_STAT_AFTER   so many times it succeeds before
 *   SHIM_WRITE_ERRNO, SHIM_WRITE_AFTER   writes to the standard output fail so, after so many bytes
 *   SHIM_WRITE_SHORT, SHIM_WRITE_EINTR   as for reads
 *   SHIM_THREADS      so many threads can be started one after the other, and the next one fails with EAGAIN
 *   SHIM_REPORT       a file that says in the end what has been done: one letter for each fault that was injected
 *
 * The system calls are made directly, so that it does not matter how the C library names its functions.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BAD_MAX 16

static struct { long from, to; } bad[BAD_MAX];
static int bad_count;
static int has_file;
static dev_t device;
static ino_t inode;
static long read_errno, read_short, read_eintr, whole, zeros, old_end;
static long open_errno, stat_errno, stat_after, mmap_errno;
static long write_errno, write_after, write_short, write_eintr;
static long reads, streamed, stats, writes, written;
static long threads, threads_max;
static int report = -1;

static long number(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

/* fstat itself may be replaced below. */
static int real_stat(int dir, const char *path, struct stat *st, int flags) {
    return syscall(SYS_newfstatat, dir, path, st, flags);
}

__attribute__((constructor)) static void begin(void) {
    struct stat st;
    const char *file = getenv("SHIM_FILE"), *ranges = getenv("SHIM_BAD"), *to = getenv("SHIM_REPORT");
    if (file && real_stat(AT_FDCWD, file, &st, 0) == 0) {
        has_file = 1;
        device = st.st_dev;
        old_end = st.st_size;
        inode = st.st_ino;
    }
    while (ranges && *ranges && bad_count < BAD_MAX) {
        char *end;
        bad[bad_count].from = strtol(ranges, &end, 10);
        bad[bad_count].to = strtol(end + 1, &end, 10);
        bad_count++;
        ranges = *end == ',' ? end + 1 : end;
    }
    read_errno = number("SHIM_READ_ERRNO", EIO);
    read_short = number("SHIM_READ_SHORT", LONG_MAX);
    read_eintr = number("SHIM_READ_EINTR", 0);
    whole = number("SHIM_WHOLE", 0);
    zeros = number("SHIM_ZEROS", 0);
    open_errno = number("SHIM_OPEN_ERRNO", 0);
    stat_errno = number("SHIM_STAT_ERRNO", 0);
    stat_after = number("SHIM_STAT_AFTER", 0);
    mmap_errno = number("SHIM_MMAP_ERRNO", 0);
    write_errno = number("SHIM_WRITE_ERRNO", 0);
    write_after = number("SHIM_WRITE_AFTER", 0);
    write_short = number("SHIM_WRITE_SHORT", LONG_MAX);
    write_eintr = number("SHIM_WRITE_EINTR", 0);
    threads_max = number("SHIM_THREADS", LONG_MAX);
    if (to)
        report = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int fail(char what, long code) {
    if (report >= 0)
        syscall(SYS_write, report, &what, 1);
    errno = code;
    return -1;
}

static int is_file(int fd) {
    struct stat st;
    return has_file && real_stat(fd, "", &st, AT_EMPTY_PATH) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* How much may be read of `length` bytes at `offset`: 0 is nothing at all, which is a failure. */
static long readable(long offset, long length) {
    for (int i = 0; i < bad_count; i++) {
        if (offset >= bad[i].from && offset < bad[i].to)
            return 0;
        if (offset < bad[i].from && offset + length > bad[i].from) {
            if (whole)
                return 0;
            length = bad[i].from - offset;
        }
    }
    return length < read_short ? length : read_short;
}

static int is_interrupted(long *count, long every) {
    return every && __atomic_fetch_add(count, 1, __ATOMIC_RELAXED) % every == 0;
}

ssize_t pread64(int fd, void *buffer, size_t length, off_t offset) {
    if (length > 0 && is_file(fd)) {
        if (is_interrupted(&reads, read_eintr))
            return fail('i', EINTR);
        long wanted = length;
        length = readable(offset, wanted);
        if (length == 0)
            return fail('r', read_errno);
    }
    ssize_t count = syscall(SYS_pread64, fd, buffer, length, offset);
    long there = old_end - offset < (long)length ? old_end - offset : (long)length;
    if (zeros && count >= 0 && count < there && is_file(fd)) {
        memset((char *)buffer + count, 0, there - count);
        fail('z', 0);
        return there;
    }
    return count;
}

ssize_t pread(int fd, void *buffer, size_t length, off_t offset) {
    return pread64(fd, buffer, length, offset);
}

/* Of the file, `read` is used where it has no length; then it has been read from its beginning. */
ssize_t read(int fd, void *buffer, size_t length) {
    if (length == 0 || !is_file(fd))
        return syscall(SYS_read, fd, buffer, length);
    if (is_interrupted(&reads, read_eintr))
        return fail('i', EINTR);
    length = readable(streamed, length);
    if (length == 0)
        return fail('r', read_errno);
    ssize_t count = syscall(SYS_read, fd, buffer, length);
    if (count > 0)
        streamed += count;
    return count;
}

static void *empty_page(void *at, long length) {
    int fd = syscall(SYS_memfd_create, "bad", 1 /* MFD_CLOEXEC */);
    void *page = (void *)syscall(SYS_mmap, at, length, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0L);
    close(fd);
    return page;
}

void *mmap64(void *address, size_t length, int prot, int flags, int fd, off_t offset) {
    int ours = fd >= 0 && is_file(fd);
    if (ours && mmap_errno) {
        fail('m', mmap_errno);
        return MAP_FAILED;
    }
    char *map = (void *)syscall(SYS_mmap, address, length, prot, flags, fd, offset);
    for (int i = 0; ours && map != MAP_FAILED && i < bad_count; i++) {
        long from = bad[i].from - offset, to = bad[i].to - offset;
        if (from < 0)
            from = 0;
        if (to > (long)length)
            to = (length + 4095) / 4096 * 4096;
        if (from < to && empty_page(map + from, to - from) == MAP_FAILED)
            abort();
        fail('b', errno);
    }
    return map;
}

void *mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset) {
    return mmap64(address, length, prot, flags, fd, offset);
}

int openat64(int dir, const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    int fd = syscall(SYS_openat, dir, path, flags, mode);
    if (fd >= 0 && open_errno && is_file(fd)) {
        close(fd);
        return fail('o', open_errno);
    }
    return fd;
}

#define OPEN_AS(name, ...)                                                                                             \
    {                                                                                                                  \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                      \
        va_end(rest);                                                                                                  \
        return openat64(__VA_ARGS__, path, flags, mode);                                                               \
    }

int openat(int dir, const char *path, int flags, ...) OPEN_AS(openat, dir)
int open64(const char *path, int flags, ...) OPEN_AS(open64, AT_FDCWD)
int open(const char *path, int flags, ...) OPEN_AS(open, AT_FDCWD)

/* Only open descriptors: names may be asked about. */
static int stat_fails(int fd) {
    return stat_errno && is_file(fd) && __atomic_fetch_add(&stats, 1, __ATOMIC_RELAXED) >= stat_after;
}

int any_statx(int dir, const char *path, int flags, unsigned mask, void *to) __asm__("statx");

/* Under a name of its own, because Rust asks with a null path whether there is a statx, which the headers forbid. */
int any_statx(int dir, const char *path, int flags, unsigned mask, void *to) {
    if (path && !*path && stat_fails(dir))
        return fail('s', stat_errno);
    return syscall(SYS_statx, dir, path, flags, mask, to);
}

int fstat64(int fd, struct stat64 *to) {
    if (stat_fails(fd))
        return fail('s', stat_errno);
    return real_stat(fd, "", (struct stat *)to, AT_EMPTY_PATH);
}

int fstat(int fd, struct stat *to) {
    return fstat64(fd, (struct stat64 *)to);
}

ssize_t write(int fd, const void *buffer, size_t length) {
    if (fd != 1 || length == 0)
        return syscall(SYS_write, fd, buffer, length);
    if (is_interrupted(&writes, write_eintr))
        return fail('i', EINTR);
    if (write_errno && written + (long)length > write_after) {
        length = write_after - written;
        if (length == 0)
            return fail('w', write_errno);
    }
    if ((long)length > write_short)
        length = write_short;
    ssize_t count = syscall(SYS_write, fd, buffer, length);
    if (count > 0)
        written += count;
    return count;
}

/* No system call starts a thread as the C library does, so its own function does it. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *argument) {
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    if (__atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) >= threads_max) {
        threads = 0;
        fail('t', EAGAIN);
        return EAGAIN;
    }
    return real(thread, attr, run, argument);
}
