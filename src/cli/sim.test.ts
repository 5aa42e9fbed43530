import { afterAll, expect, test } from 'bun:test'
import { resolve } from 'node:path'

const script = `import { simCommand } from '${resolve(import.meta.dir, 'sim.ts')}'; await simCommand().parseAsync(process.argv.slice(1), { from: 'user' })`
const running: Bun.Subprocess[] = []
afterAll(() => running.forEach((child) => child.kill()))

function sim(...flags: string[]) {
  const child = Bun.spawn([process.execPath, '-e', script, '--', ...flags], { stdout: 'pipe', stderr: 'pipe' })
  running.push(child)
  return child
}

test('the banner shows the servers and their addresses, and the servers respond', async () => {
  const child = sim(
    '--model',
    'llama-8b',
    '--port',
    '0',
    '--servers',
    '2',
    '--speed',
    '0',
    '--fault',
    'status-500:0.5:9',
  )
  let banner = ''
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    banner += text
    if (banner.includes('Ctrl-C')) break
  }
  expect(banner).toStartWith('2 simulated servers of llama-8b (costs of 8b, as fast as possible):')
  expect(banner).toContain('Faults: status-500 at 50 % of requests, 9 times')
  const urls = banner.match(/http:\/\/127\.0\.0\.1:\d+(?=\/v1\n)/g)!
  expect(urls).toHaveLength(2)
  for (const url of urls) expect((await fetch(`${url}/health`)).status).toBe(200)
})

test.each([
  [['--port', '70000'], 'Give a whole number from 0 to 65535.'],
  [['--speed', 'fast'], 'Give a number, 1 for real time'],
  [['--servers', '0'], 'Give a whole number from 1 to 256.'],
  [['--fault', 'boom'], 'Unknown fault "boom"; allowed:'],
  [['--profile', '9b'], 'Allowed choices are 1b, 3b, 8b, 70b.'],
])('%j is rejected with a clear message', async (flags, message) => {
  const child = sim(...flags)
  expect(await new Response(child.stderr).text()).toContain(message)
  expect(await child.exited).toBe(1)
})

test('a port that is in use is named', async () => {
  const other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const child = sim('--port', String(other.port))
  expect(await new Response(child.stderr).text()).toContain(`error: Cannot listen on 127.0.0.1:${other.port}`)
  await other.stop(true)
})
