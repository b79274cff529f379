// What only a real terminal shows: `anax watch` and a password that is typed, the built command behind a pseudo-terminal, and
// that the terminal is afterwards as it was, however it ends.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Broker, loadSettings } from '@anax/broker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const anax = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));
const hasPython = spawnSync('python3', ['-c', 'import pty, termios']).status === 0;

/** Runs a command on a new terminal of 24 lines and 80 columns, and tells at the end how the terminal was left. */
const PTY = `
import fcntl, os, pty, select, struct, subprocess, sys, termios
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
def own(): fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
_, *command = sys.argv
child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=own)
os.write(2, b'pid=%d\\n' % child.pid)
code = None
while True:
    ready, _, _ = select.select([master] + ([0] if code is None else []), [], [], 0.05)
    if master in ready: os.write(1, os.read(master, 65536))
    if 0 in ready:
        keys = os.read(0, 65536)
        if keys.startswith(b'SIZE '):
            _, rows, columns = keys.split()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))
        else: os.write(master, keys)
    if not ready and code is not None: break
    if code is None: code = child.poll()
flags = termios.tcgetattr(slave)[3]
os.write(2, b'code=%d cooked=%d\\n' % (code, bool(flags & termios.ECHO) and bool(flags & termios.ICANON)))
`;

class Terminal {
  readonly #child: ChildProcess;
  readonly ended: Promise<string>;
  shown = '';
  #told = '';

  constructor(args: readonly string[]) {
    this.#child = spawn('python3', ['-c', PTY, process.execPath, anax, ...args]);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.shown += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#told += text;
    });
    this.ended = once(this.#child, 'close').then(() => this.#told.split('\n').at(-2) ?? this.#told);
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(Number(/pid=(\d+)/.exec(this.#told)?.[1]), signal);
  }

  async shows(text: string): Promise<void> {
    const over = this.ended.then(() => 'over' as const);
    while (!this.shown.includes(text)) {
      const next = once(this.#child.stdout ?? this.#child, 'data');
      if ((await Promise.race([next, over])) === 'over' && !this.shown.includes(text))
        throw new Error(`not shown: ${text}\n${this.shown}\n${this.#told}`);
    }
  }
}

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l';

let broker: Broker;
let port = 0;
beforeAll(async () => {
  const overrides = [
    { path: ['listeners', 0, 'port'], value: 0, source: 'test' },
    { path: ['users'], value: [{ name: 'me', password: 'sécret' }], source: 'test' },
  ];
  broker = new Broker(loadSettings({ overrides }), {});
  await broker.start();
  port = broker.listeners[0]?.port ?? 0;
});
afterAll(() => broker.close());

async function publish(topic: string, payload: string): Promise<void> {
  const args = ['pub', '-h', '127.0.0.1', '-p', String(port), '-u', 'me', '-P', 'sécret', '-q', '1', '-r'];
  const child = spawn(process.execPath, [anax, ...args, '-t', topic, '-m', payload]);
  await once(child, 'close');
}

describe.skipIf(!hasPython)('on a terminal, skipped without python3, which makes one', () => {
  const watch = (...args: readonly string[]): Terminal =>
    new Terminal([
      'watch',
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-u',
      'me',
      '-P',
      'sécret',
      '-t',
      'e2e/#',
      ...args,
    ]);

  test('watch draws what comes, escaped, takes keys and sizes, and ends with q', async () => {
    await publish('e2e/kitchen', 'evil \u001b[2J\u0007');
    const terminal = watch();
    await terminal.shows('evil \\u{1b}[2J\\u{7}');
    terminal.type('/kit');
    await terminal.shows('/kit█');
    terminal.type('\r');
    await terminal.shows('filter: kit');
    terminal.type('SIZE 30 100\n');
    await terminal.shows('\u001b[30;1H');
    terminal.type('q');
    expect(await terminal.ended).toBe('code=0 cooked=1');
    expect(terminal.shown.startsWith(ENTER)).toBe(true);
    expect(terminal.shown.lastIndexOf(LEAVE)).toBeGreaterThan(terminal.shown.lastIndexOf('evil'));
    expect(terminal.shown).toMatch(/anax watch: 1 message on 1 topic in \d+\.\d s\r\n$/);
  });

  test.each<[string, (terminal: Terminal) => void, string]>([
    ['Ctrl-C', (terminal) => terminal.type('\u0003'), 'code=0 cooked=1'],
    ['SIGINT', (terminal) => terminal.kill('SIGINT'), 'code=0 cooked=1'],
    ['SIGTERM', (terminal) => terminal.kill('SIGTERM'), 'code=0 cooked=1'],
    ['SIGHUP', (terminal) => terminal.kill('SIGHUP'), 'code=129 cooked=1'],
  ])('watch leaves the terminal as it was with %s', async (_how, end, expected) => {
    const terminal = watch();
    await terminal.shows('Topic');
    end(terminal);
    expect(await terminal.ended).toBe(expected);
    expect(terminal.shown.includes(LEAVE)).toBe(true);
  });

  test('watch says that it is reconnecting, and is left in order meanwhile', async () => {
    const sockets = new Set<Socket>();
    const proxy = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      sockets.add(near.on('error', () => far.destroy()));
      near.pipe(far.on('error', () => near.destroy())).pipe(near);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address();
    const through = typeof address === 'object' && address !== null ? String(address.port) : '';
    const terminal = new Terminal(['watch', '-h', '127.0.0.1', '-p', through, '-u', 'me', '-P', 'sécret']);
    await terminal.shows('Topic');
    proxy.close();
    for (const socket of sockets) socket.destroy();
    await terminal.shows('reconnecting (attempt');
    terminal.type('q');
    expect(await terminal.ended).toBe('code=0 cooked=1');
  });

  test('a password is asked for and not shown', async () => {
    const args = ['conn', '-h', '127.0.0.1', '-p', String(port), '-u', 'me', '--password-prompt', '--once'];
    const terminal = new Terminal(args);
    await terminal.shows('Password of me: ');
    terminal.type('sx\u007fécret\r');
    expect(await terminal.ended).toBe('code=0 cooked=1');
    expect(terminal.shown).toContain('0x00 Success');
    expect(terminal.shown).not.toContain('cret\r\n');
  });
});
