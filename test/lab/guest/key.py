# A key as the kernel's gpio-key overlay makes one: created through uinput, pressed by words on the standard input.
import fcntl, os, struct, sys, time

EV_SYN, EV_KEY, BTN_0 = 0, 1, 256
UI_SET_EVBIT, UI_SET_KEYBIT, UI_DEV_CREATE = 0x40045564, 0x40045565, 0x5501

device = os.open("/dev/uinput", os.O_WRONLY)
fcntl.ioctl(device, UI_SET_EVBIT, EV_KEY)
fcntl.ioctl(device, UI_SET_KEYBIT, BTN_0)
os.write(device, b"paper".ljust(80, b"\0") + struct.pack("HHHHi", 0x19, 1, 1, 1, 0) + bytes(4 * 64 * 4))
fcntl.ioctl(device, UI_DEV_CREATE)
print("ready", flush=True)

def send(kind, code, value):
    now = time.time()
    os.write(device, struct.pack("llHHi", int(now), int(now % 1 * 1e6), kind, code, value))

for line in sys.stdin:
    send(EV_KEY, BTN_0, 1 if line.strip() == "down" else 0)
    send(EV_SYN, 0, 0)
