# ruff: noqa: E501 (one script, one line)
"""Ways out of a worker. Each is the body of a function that returns something true when it worked, and raises
or returns something false when it was stopped. ``t`` has the targets of driver.py."""

from __future__ import annotations

PRELUDE = """
import ctypes, errno, fcntl, glob, mmap, os, resource, signal, socket, struct, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
X86 = os.uname().machine == "x86_64"

def sc(x86, arm, *arguments):
    result = libc.syscall(x86 if X86 else arm, *[ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result + 1

def call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True

def readable(path):
    with open(path, "rb") as file:
        return bool(file.read(1))

def writable(path):
    with open(path, "ab") as file:
        file.write(b"x")
    return True

def pids():
    return [t["server"], t["zygote"], os.getppid(), *range(1, 40)]

def others():
    return [pid for pid in pids() if pid not in (0, os.getpid())]

def spares():
    return [pid for pid in t["spares"] if pid != os.getpid()]

def any_of(action, values):
    failure = None
    for value in values:
        try:
            if action(value):
                return value
        except BaseException as error:
            failure = error
    if failure:
        raise failure
"""

NETWORK = {
    "tcp to the host": "socket.create_connection(('127.0.0.1', t['tcp']), 1); return 1",
    "tcp outside": "socket.create_connection(('1.1.1.1', 443), 1); return 1",
    "tcp by IPv6": "socket.socket(socket.AF_INET6).connect(('::1', t['tcp'])); return 1",
    "tcp listening": "socket.create_server(('', 0)); return 1",
    "udp": "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'x', ('127.0.0.1', t['udp'])); return 1",
    "dns": "socket.getaddrinfo('example.com', 80); return 1",
    "http by urllib": "import urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{t['tcp']}/\", timeout=1); return 1",
    "icmp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); return 1",
    "raw socket": "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); return 1",
    "packet socket": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW); return 1",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).send(b'x' * 16); return 1",
    "vsock": "socket.socket(40, socket.SOCK_STREAM); return 1",
    "unix socket": "socket.socket(socket.AF_UNIX).connect(t['unix']); return 1",
    "unix datagram": "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', t['datagram']); return 1",
    "unix datagram of a pair": "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); a.sendto(b'x', t['datagram']); return 1",
    "abstract socket": "socket.socket(socket.AF_UNIX).connect(t['abstract']); return 1",
    "reconnected pair": "a, b = socket.socketpair(); a.connect(t['unix']); return 1",
    "the socket calls themselves": "return sc(41, 198, 2, 1, 0)",
    "io_uring": "return sc(425, 425, 8, ctypes.create_string_buffer(200))",
}

FILES = {
    "/etc/passwd": "return readable('/etc/passwd')",
    "/etc/shadow": "return readable('/etc/shadow')",
    "/etc/hostname": "return readable('/etc/hostname')",
    "the data file": "return readable(t['secret'])",
    "the data file in the list of a folder": "return 'data.duckdb' in os.listdir(t['folder'])",
    "the root folder listed": "return set(os.listdir('/')) & {'home', 'var', 'boot', 'srv', 'mnt', 'opt'}",
    "home folders": "return any_of(os.listdir, ['/home', '/var/lib', '/var/log', '/root/.ssh', '/root/.cache', '/opt', '/srv'])",
    "other work directories": "return [n for n in os.listdir(os.path.dirname(os.getcwd())) if n != os.path.basename(os.getcwd())]",
    "writing the data file": "return writable(t['secret'])",
    "truncating the data file": "os.truncate(t['secret'], 0); return 1",
    "chmod of the data file": "os.chmod(t['secret'], 0); return 1",
    "touching the data file": "os.utime(t['secret'], (0, 0)); return 1",
    "an attribute on the data file": "os.setxattr(t['secret'], 'user.x', b'1'); return 1",
    "removing the data file": "os.unlink(t['secret']); return 1",
    "renaming the data file": "os.rename(t['secret'], t['secret'] + '.old'); return 1",
    "a file next to the data": "return writable(t['folder'] + '/new')",
    "a hard link to the data": "os.link(t['secret'], 'link'); return readable('link')",
    "a symbolic link to the data": "os.symlink(t['secret'], 'link'); return readable('link')",
    "a symbolic link for others to follow": "os.symlink(t['secret'], __file__ + 'x'); return writable(__file__ + 'x')",
    "a bind by rename of the work directory": "os.rename(os.getcwd(), t['folder'] + '/moved'); return 1",
    "up with dots": "return readable('/'.join(['..'] * 20) + '/etc/passwd')",
    "/proc/self/root": "return readable('/proc/self/root' + t['secret'])",
    "/proc/1/root": "return readable('/proc/1/root' + t['secret'])",
    "the server's root": "return any_of(lambda p: readable(f\"/proc/{p}/root{t['secret']}\"), others())",
    "the server's cwd": "return any_of(lambda p: os.listdir(f'/proc/{p}/cwd'), others())",
    "writing /tmp": "return any_of(writable, ['/tmp/escaped', '/var/tmp/escaped', '/dev/shm/escaped', '/run/escaped', '/escaped'])",
    "a .pth file": "return writable(t['packages'] + '/escaped.pth')",
    "patching a library": "import numpy; return writable(numpy.__file__)",
    "compiled caches": "import json; return writable(json.__cached__)",
    "the interpreter": "return writable(os.path.realpath(sys.executable))",
    "a device": "os.mknod('disk', 0o660 | 0o060000, os.makedev(254, 0)); return readable('disk')",
    "the disk": "return any_of(readable, ['/dev/vda', '/dev/sda', '/dev/nvme0n1', '/dev/mem', '/dev/kmsg', '/dev/fuse', '/dev/kvm'])",
    "kernel settings": "return writable('/proc/sys/kernel/core_pattern')",
    "sysrq": "return writable('/proc/sysrq-trigger')",
    "own oom score": "with open('/proc/self/oom_score_adj', 'w') as f: f.write('-1000')\nreturn 1",
    "cgroups": "return any_of(writable, glob.glob('/sys/fs/cgroup/*/cgroup.procs') + ['/sys/fs/cgroup/cgroup.procs'])",
    "open by handle": "return sc(304, 265, 2**64 - 100, ctypes.create_string_buffer(64), 0)",
    "a file handle": "return sc(303, 264, 2**64 - 100, t['secret'].encode(), ctypes.create_string_buffer(200), ctypes.create_string_buffer(8), 0)",
    "reading with O_PATH": "d = os.open(t['secret'], os.O_PATH); return readable(f'/proc/self/fd/{d}')",
    "fchmod by descriptor": "d = os.open(t['folder'], os.O_RDONLY | os.O_DIRECTORY); os.fchmod(d, 0o777); return 1",
}

PROCESSES = {
    "the server's memory": "return any_of(lambda p: open(f'/proc/{p}/mem', 'rb'), others())",
    "the server's environment": "return any_of(lambda p: readable(f'/proc/{p}/environ'), others())",
    "the server's command line": "return any_of(lambda p: readable(f'/proc/{p}/cmdline'), others())",
    "the server's descriptors": "return any_of(lambda p: os.listdir(f'/proc/{p}/fd'), others())",
    "the server's mappings": "return any_of(lambda p: readable(f'/proc/{p}/maps'), others())",
    "the server's status": "return any_of(lambda p: readable(f'/proc/{p}/status'), others())",
    "the server's first descriptors": "return any_of(lambda p: open(f'/proc/{p}/fd/0', 'rb'), others())",
    "processes listed": "return [n for n in os.listdir('/proc') if n.isdigit() and int(n) != os.getpid()]",
    "SIGTERM to the server": "os.kill(t['server'], 15); return 1",
    "SIGKILL to the zygote": "os.kill(t['zygote'], 9); return 1",
    "SIGKILL to siblings": "return any_of(lambda p: os.kill(p, 9) or 1, others())",
    "SIGKILL to all": "os.kill(-1, 9); return 1",
    "SIGKILL to the group of the server": "os.killpg(t['server'], 9); return 1",
    "signal 0, are you there": "return any_of(lambda p: os.kill(p, 0) or 1, others())",
    "tgkill": "return any_of(lambda p: sc(234, 131, p, p, 9), others())",
    "tkill": "return any_of(lambda p: sc(200, 130, p, 9), others())",
    "sigqueue": "return any_of(lambda p: call('sigqueue', p, 9, 0), others())",
    "pidfd": "return any_of(lambda p: os.pidfd_open(p) + 1, others())",
    "a descriptor of the server": "return any_of(lambda n: sc(438, 438, n, 0, 0), range(3, 9))",
    "ptrace attach": "return any_of(lambda p: sc(101, 117, 16, p, 0, 0), others())",
    "ptrace traceme": "return sc(101, 117, 0, 0, 0, 0)",
    "process_vm_readv": "b = ctypes.create_string_buffer(16); v = struct.pack('QQ', ctypes.addressof(b), 16); return any_of(lambda p: sc(310, 270, p, v, 1, v, 1, 0), others())",
    "process_vm_writev": "b = ctypes.create_string_buffer(16); v = struct.pack('QQ', ctypes.addressof(b), 16); return any_of(lambda p: sc(311, 271, p, v, 1, v, 1, 0), others())",
    "limits of others": "return any_of(lambda p: resource.prlimit(p, resource.RLIMIT_NOFILE), others())",
    "priority of others": "return any_of(lambda p: os.setpriority(os.PRIO_PROCESS, p, 19) or 1, others())",
    "affinity of others": "return any_of(lambda p: os.sched_setaffinity(p, {0}) or 1, others())",
    "real-time priority": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); return 1",
    "fork": "return os.fork() + 1",
    "vfork": "assert X86; return sc(58, 0)",
    "clone": "return sc(56, 220, 17, 0, 0, 0, 0)",
    "clone with new namespaces": "return sc(56, 220, 0x10000000 | 17, 0, 0, 0, 0)",
    "clone3": "return sc(435, 435, ctypes.create_string_buffer(88), 88)",
    "fork bomb": "return any_of(lambda _: os.fork() + 1, range(100))",
    "os.system": "return os.system('true') == 0",
    "subprocess": "return subprocess.run(['/bin/echo', 'x'], stdout=1).returncode == 0",
    "posix_spawn": "return os.posix_spawn('/bin/true', ['true'], {})",
    "multiprocessing": "import multiprocessing as m; p = m.get_context('fork').Process(target=int); p.start(); return p.pid",
    "execve": "os.execv(sys.executable, ['python', '-c', 'print(\"ESCAPED\")'])",
    "execveat": "d = os.open(os.path.realpath(sys.executable), os.O_RDONLY); return sc(322, 281, d, b'', None, None, 0x1000)",
    "memfd and exec": "d = os.memfd_create('x'); os.write(d, b'#!/bin/true\\n'); os.execve(d, ['x'], {})",
    "exec of a written file": "open('x', 'w').write('#!/bin/sh\\n'); os.chmod('x', 0o700); os.execv('./x', ['x'])",
    "the dynamic loader": "return any_of(lambda p: os.execv(p, [p, '/bin/true']), glob.glob('/lib64/ld-*') + ['/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'])",
    "a descriptor that was inherited": "return [d for d in range(4, 256) if d not in (5, 6, 7) and os.path.exists(f'/proc/self/fd/{d}')]",
}

PRIVILEGES = {
    "setuid": "os.setuid(0); return 1",
    "setresuid": "os.setresuid(0, 0, 0); return 1",
    "another user": "os.setresuid(1, 1, 1); return 1",
    "setgid": "os.setgid(0); return 1",
    "setgroups": "os.setgroups([0]); return 1",
    "setfsuid": "return sc(122, 151, 0)",
    "capset": "return sc(126, 91, struct.pack('Ii', 0x20080522, 0), struct.pack('6I', *[2**32 - 1] * 6))",
    "capabilities that were kept": "return [l for l in open('/proc/self/status') if l.startswith(('CapEff', 'CapPrm', 'CapAmb', 'CapInh')) and int(l.split()[1], 16)]",
    "mount": "return call('mount', b'tmpfs', b'.', b'tmpfs', 0, None)",
    "bind mount": "return call('mount', b'/', b'.', None, 4096, None)",
    "umount of /proc": "return call('umount2', b'/proc', 2)",
    "umount of the work directory": "os.chdir('/'); return call('umount2', os.path.dirname(__file__).encode(), 2)",
    "new mount interface": "return sc(430, 430, b'tmpfs', 0)",
    "open_tree": "return sc(428, 428, 2**64 - 100, b'/', 1)",
    "unshare user": "return sc(272, 97, 0x10000000)",
    "unshare mount": "return sc(272, 97, 0x00020000)",
    "unshare network": "return sc(272, 97, 0x40000000)",
    "setns": "return any_of(lambda p: sc(308, 268, os.open(f'/proc/{p}/ns/mnt', os.O_RDONLY), 0), [*others(), 'self'])",
    "chroot": "os.chroot('.'); return 1",
    "pivot_root": "return call('pivot_root', b'.', b'.')",
    "a new seccomp filter": "return sc(317, 277, 1, 0, ctypes.create_string_buffer(16))",
    "dumpable again": "return sc(157, 167, 4, 1, 0, 0, 0)",
    "no death signal": "return sc(157, 167, 1, 0, 0, 0, 0)",
    "a subreaper": "return sc(157, 167, 36, 1, 0, 0, 0)",
    "prctl of memory": "return sc(157, 167, 35, 1, 0, 0, 0)",
    "personality": "return sc(135, 92, 0x0040000)",
    "raising a limit": "s, h = resource.getrlimit(resource.RLIMIT_NOFILE); resource.setrlimit(resource.RLIMIT_NOFILE, (h + 1, h + 1)); return 1",
    "core dumps": "resource.setrlimit(resource.RLIMIT_CORE, (-1, -1)); return 1",
    "own session": "return sc(112, 157)",
    "keyctl": "return sc(250, 219, 0, 2**64 - 3, 1)",
    "add_key": "return sc(248, 217, b'user', b'x', b'x', 1, 2**64 - 3)",
    "bpf": "return sc(321, 280, 0, ctypes.create_string_buffer(128), 128)",
    "perf_event_open": "return sc(298, 241, ctypes.create_string_buffer(128), 0, 0, 2**64 - 1, 0)",
    "userfaultfd": "return sc(323, 282, 1)",
    "clock_settime": "time.clock_settime(time.CLOCK_REALTIME, time.time()); return 1",
    "adjtimex": "return sc(159, 171, struct.pack('I', 1) + bytes(300))",
    "host name": "socket.sethostname('x'); return 1",
    "reboot": "return sc(169, 142, 0xfee1dead, 672274793, 0, 0)",
    "kernel module": "return sc(313, 273, 0, b'', 0)",
    "kernel log": "return sc(103, 116, 3, ctypes.create_string_buffer(100), 100)",
    "kexec": "return sc(246, 104, 0, 0, 0, 0)",
    "swapon": "return sc(167, 224, b'x', 0)",
    "quota": "return sc(179, 60, 0x800002 << 8, None, 0, 0)",
    "ports": "assert X86; return sc(172, 0, 3)",
    "terminal input": "return fcntl.ioctl(0, 0x5412, b'x') + 1",
    "a terminal": "return any_of(lambda p: os.open(p, os.O_RDWR) + 1, ['/dev/tty', '/dev/ptmx', '/dev/pts/0', '/dev/console'])",
    "fanotify": "return sc(300, 262, 0, 0)",
    "a call of the future": "return sc(470, 470, 0, 0, 0, 0)",
    "a 32-bit call": "assert X86; return sc(0x40000000 + 59, 0, 0, 0, 0)",
}

SHARING = {
    "/dev/shm": "return writable('/dev/shm/escaped')",
    "shm_open": "import _posixshmem; return _posixshmem.shm_open('/escaped', os.O_CREAT | os.O_RDWR, mode=0o600) + 1",
    "shared memory of the library": "from multiprocessing import shared_memory as s; return s.SharedMemory(create=True, size=10)",
    "System V shared memory": "return sc(29, 194, 4242, 4096, 0o1666)",
    "System V semaphores": "return sc(64, 190, 4242, 1, 0o1666)",
    "System V messages": "return sc(68, 186, 4242, 0o1666)",
    "POSIX messages": "return sc(240, 180, b'escaped', 0o102, 0o600, 0)",
    "POSIX semaphores": "import _multiprocessing; return _multiprocessing.SemLock(1, 1, 1, '/escaped', False)",
}

RESOURCES = {
    "10,000 descriptors": "files = [open('/dev/null') for _ in range(10000)]; return 1",
    "thread bomb": "stop = threading.Event()\nthreading.stack_size(64 * 1024)\nfor _ in range(5000): threading.Thread(target=stop.wait, daemon=True).start()\nreturn 1",
    "memory in a memfd": "d = os.memfd_create('x'); os.write(d, bytes(2**20)); return 1",
    "memory in the response": "return [os.write(d, bytes(2**20)) for _ in range(20000) for d in (5, 6, 7)]",
    "memory that is shared": "m = [mmap.mmap(-1, 2**28) for _ in range(40)]; return 1",
    "memory that is locked": "m = bytearray(2**26); a = (ctypes.c_char * len(m)).from_buffer(m); return call('mlock', ctypes.byref(a), ctypes.c_size_t(2**26))",
}

DISK = {
    "disk fill": "for n in range(64):\n  with open(f'f{n}', 'wb') as f:\n    for _ in range(64): f.write(bytes(2**20))\nreturn 1",
    "a million files": "for n in range(1000000): os.close(os.open(f'f{n}', os.O_CREAT | os.O_WRONLY))\nreturn 1",
}
"""Only a file system of its own limits a script's files together: these need the namespaces."""

LIBRARIES = {
    "another library read": "return readable(t['libraries'] + '/foreign/foreign_library.py')",
    "another library listed": "return os.listdir(t['libraries'] + '/foreign')",
    "another library imported": "sys.path.append(t['libraries'] + '/foreign'); import foreign_library; return foreign_library.secret",
    "another library up with dots": "import own_library; return readable(os.path.dirname(own_library.__file__) + '/../foreign/foreign_library.py')",
    "the libraries listed": "return set(os.listdir(t['libraries'])) - {'own'}",
    "a link to another library": "os.symlink(t['libraries'] + '/foreign', 'link'); return os.listdir('link')",
    "another library by /proc": "return any_of(lambda p: os.listdir(f\"/proc/{p}/root{t['libraries']}/foreign\"), others())",
    "writing into a library": "return any_of(lambda p: writable(t['libraries'] + p), ['/own/own_library.py', '/own/new.py', '/new.py'])",
    "a compiled cache in a library": "os.mkdir(t['libraries'] + '/own/__pycache__'); return 1",
    "removing a library": "os.unlink(t['libraries'] + '/own/own_library.py'); return 1",
    "renaming a library": "os.rename(t['libraries'] + '/own', t['libraries'] + '/foreign2'); return 1",
    "replacing a library's file": "open('x.py', 'w').close(); os.replace('x.py', t['libraries'] + '/own/own_library.py'); return 1",
    "rights on a library": "os.chmod(t['libraries'] + '/own', 0o777); return 1",
    "a hard link to a library": "os.link(t['libraries'] + '/own/own_library.py', 'x.py'); return writable('x.py')",
    "the server's packages for scripts": "import glob\nreturn any_of(writable, [p for q in sys.path if 'script_packages' in q for p in glob.glob(q + '/*/*.py')])",
    "unmounting the libraries": "return any_of(lambda p: call('umount2', (t['libraries'] + p).encode(), 2), ['', '/own'])",
}

SPARES = {
    "a spare's memory read": "return any_of(lambda p: open(f'/proc/{p}/mem', 'rb'), spares())",
    "a spare's memory written": "return any_of(lambda p: open(f'/proc/{p}/mem', 'r+b'), spares())",
    "a spare's memory by call": "b = ctypes.create_string_buffer(16); v = struct.pack('QQ', ctypes.addressof(b), 16); return any_of(lambda p: sc(310, 270, p, v, 1, v, 1, 0), spares())",
    "a spare's descriptors": "return any_of(lambda p: os.listdir(f'/proc/{p}/fd'), spares())",
    "a spare's order": "return any_of(lambda p: os.open(f'/proc/{p}/fd/3', os.O_RDWR), spares())",
    "a spare's environment": "return any_of(lambda p: readable(f'/proc/{p}/environ'), spares())",
    "a spare's name": "return any_of(lambda p: open(f'/proc/{p}/comm', 'w').write('x'), spares())",
    "a spare ended": "return any_of(lambda p: os.kill(p, 9) or 1, spares())",
    "a spare stopped": "return any_of(lambda p: os.kill(p, 19) or 1, spares())",
    "a spare's group ended": "return any_of(lambda p: os.killpg(p, 9) or 1, spares())",
    "a spare traced": "return any_of(lambda p: sc(101, 117, 0x4206, p, 0, 0), spares())",
    "a spare slowed down": "return any_of(lambda p: os.setpriority(os.PRIO_PROCESS, p, 19) or 1, spares())",
    "a spare's limits": "return any_of(lambda p: resource.prlimit(p, resource.RLIMIT_CPU, (1, 1)), spares())",
    "a spare's namespaces": "return any_of(lambda p: sc(308, 268, os.open(f'/proc/{p}/ns/mnt', os.O_RDONLY), 0), spares())",
    "a spare's oom score": "return any_of(lambda p: open(f'/proc/{p}/oom_score_adj', 'w').write('1000'), spares())",
    "another order": 'm = b\'{"directory": "/tmp", "limits": {}, "libraries": []}\'\n'
    "return any_of(lambda d: os.fstat(d) and socket.send_fds(socket.socket(fileno=os.dup(d)), [m], [1, 1, 2]), range(4, 256))",
}
"""A spare of the past or of the future: the one that has become this worker is among them, and may do as it
likes with itself."""

ESCAPES = {**NETWORK, **FILES, **PROCESSES, **PRIVILEGES, **SHARING, **RESOURCES, **LIBRARIES, **SPARES}


def script(body: str, targets: dict[str, object]) -> str:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return (
        f"t = {targets!r}\n{PRELUDE}\ndef attempt():\n{lines}\n"
        "try:\n    result = attempt()\n"
        "except BaseException as error: print('stopped:', type(error).__name__, str(error)[:200])\n"
        "else: print('ESCAPED:' if result else 'stopped: in vain', repr(result)[:200])\n"
    )
