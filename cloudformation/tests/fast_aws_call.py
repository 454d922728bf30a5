"""A call of fast_aws.py's AWS CLI: passes arguments, environment and open files on, and ends as the call ended. With nothing imported
that is not built in, since a start of Python with json and sockets takes longer than the call itself.

    fast_aws_call.py SOCKET args
"""

import sys

import _socket
import posix

KEPT = (b"AWS_", b"FAST_AWS_", b"HOME", b"PATH")


def main():
    server = _socket.socket(_socket.AF_UNIX)
    server.connect(sys.argv[1])
    arguments = [each.encode("utf-8", "surrogateescape") for each in sys.argv[2:]]
    kept = [name + b"=" + value for name, value in posix.environ.items() if name.startswith(KEPT)]
    told = b"\0".join([b"%d" % posix.getpgid(0), posix.getcwdb(), b"%d" % len(arguments), *arguments, *kept])
    files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    server.sendmsg([len(told).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
    while told:
        told = told[server.send(told):]
    posix._exit((server.recv(1) or b"\x01")[0])


main()
