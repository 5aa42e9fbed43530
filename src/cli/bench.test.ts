import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-cli-'))
const keyFile = join(folder, 'key.txt')
writeFileSync(keyFile, 'sk-test\n')

let onCall: () => void = () => undefined

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch({ headers }) {
    onCall()
    return headers.get('authorization') === 'Bearer sk-test'
      ? Response.json({ ok: true })
      : Response.json({ error: { message: 'no such key' } }, { status: 401 })
  },
})

afterAll(() => {
  void server.stop(true)
  rmSync(folder, { recursive: true, force: true })
})

function bench(...args: readonly string[]) {
  const main = resolve(import.meta.dir, '../main.ts')
  const command = [process.execPath, main, 'bench', `http://127.0.0.1:${server.port}/v1`, ...args]
  return Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
}

async function outcome(child: ReturnType<typeof bench>) {
  const [out, error, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { out, error, status }
}

test('it prints a table and ends when its requests are done, long before its duration', async () => {
  const { out, error, status } = await outcome(bench('--key', 'sk-test', '-n', '20', '-d', '60s'))
  expect(out).toMatch(/requests +20 /)
  expect({ error, status }).toEqual({ error: '', status: 0 })
})

test('it prints JSON, with the key from a file', async () => {
  const { out, status } = await outcome(bench('--key-file', keyFile, '-n', '5', '--rate', '1000', '--json'))
  expect(JSON.parse(out)).toMatchObject({ shape: { rate: 1000 }, requests: { succeeded: 5, failed: 0, unfinished: 0 } })
  expect(status).toBe(0)
})

test('an interrupt ends it with the report so far', async () => {
  let seen = 0
  const fiveCalls = new Promise<void>((resolve) => {
    onCall = () => {
      if (++seen === 5) resolve()
    }
  })
  const child = bench('--key', 'sk-test', '--rate', '200', '-d', '60s')
  await fiveCalls
  child.kill('SIGINT')
  const { out, status } = await outcome(child)
  expect(out).toContain('open loop at 200 requests/s')
  expect(status).toBe(0)
})

test.each([
  ['a rejected key', ['--key', 'wrong'], 'no such key', '--key or --key-file'],
  ['an invalid value of an option', ['--rate', 'fast'], '--rate takes requests per second', 'sluice bench --help'],
  ['two keys', ['--key', 'a', '--key-file', keyFile], 'not both', 'sluice bench --help'],
  [
    'a file that does not exist',
    ['--body', '/nowhere.json'],
    'cannot read /nowhere.json (ENOENT)',
    'sluice bench --help',
  ],
])('%s ends it with the reason and advice', async (_title, args, reason, advice) => {
  const { out, error, status } = await outcome(bench(...args))
  expect(error).toContain(reason)
  expect(error).toContain(advice)
  expect({ out, status }).toEqual({ out: '', status: 1 })
})
