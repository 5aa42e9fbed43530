// Which worker processes are killed and replaced. The workers are scripts that behave badly in one way each.
import { afterEach, expect, test } from 'bun:test'
import type { StartMessage } from './messages.ts'
import { Workers } from './workers.ts'

type Behavior = 'good' | 'frozen' | 'looping' | 'slow-start'

const SCRIPT = `
  const keepAlive = setInterval(() => {}, 1000)
  const send = (message) => process.send(message)
  process.on('message', ({ type, id }) => {
    if (type === 'exit') process.exit(0)
    if (type !== 'start') return
    const behavior = process.env.BEHAVIORS.split(',')[id - 1] ?? 'good'
    if (behavior === 'slow-start') return process.on('message', ({ type }) => type === 'scrape' && send({ type: 'ready', version: 1 }))
    send({ type: 'ready', version: 1 })
    if (behavior === 'good') setInterval(() => send({ type: 'metrics', scrape: 0, packed: '[]' }), 20)
    else setTimeout(() => { if (behavior === 'frozen') process.kill(process.pid, 'SIGSTOP'); else for (;;); }, 200)
  })
`

let running: Workers | undefined
afterEach(() => running?.kill())

/** Starts one worker for each behavior; workers that replace them are good. Records what happens to them, in order. */
function startWorkers(...behaviors: readonly Behavior[]) {
  const history: string[] = []
  const waiting = new Map<string, () => void>()
  const record = (entry: string) => {
    history.push(entry)
    waiting.get(entry)?.()
  }
  const workers = new Workers({
    count: behaviors.length,
    command: [process.execPath, '-e', SCRIPT],
    environment: { BEHAVIORS: behaviors.join(',') },
    checkEveryMs: 25,
    log: { error: () => {}, warn: () => {}, info: () => {} } as never,
    startMessage: (id) => ({ type: 'start', id }) as StartMessage,
    onLines: () => {},
    onMessage: ({ id }, { type }) => type === 'ready' && record(`${id} ready`),
    onExited: ({ id, exitStatus, failure }) => record(`${id} ended by ${exitStatus}: ${failure}`),
  })
  running = workers
  const until = (entry: string) =>
    new Promise<void>((resolve) => (history.includes(entry) ? resolve() : waiting.set(entry, resolve)))
  return { workers, history, until }
}

const killed = (id: number) => `${id} ended by signal SIGKILL: The worker did not respond.`

test('a worker that is stopped is killed and replaced; one that uses CPU time and one that is good are not', async () => {
  const { history, until } = startWorkers('frozen', 'looping', 'good')
  await until('4 ready')
  expect(history.slice(3)).toEqual([killed(1), '4 ready'])
})

test('workers that hang at the same time are killed one after the other: the next when the new one is ready', async () => {
  const { history, until } = startWorkers('frozen', 'frozen', 'frozen')
  await until('6 ready')
  const ended = history.filter((entry) => entry.includes('ended'))
  expect(ended.toSorted()).toEqual([killed(1), killed(2), killed(3)])
  expect(history.slice(3).map((entry) => entry.replace(/^\d /, ''))).toEqual(
    Array.from({ length: 3 }, () => [killed(1).slice(2), 'ready']).flat(),
  )
})

test('a start may take longer than a worker that is ready may be silent', async () => {
  const { workers, history, until } = startWorkers('slow-start', 'frozen')
  workers.started.catch(() => {})
  await until(killed(2))
  for (const worker of workers.all('starting')) worker.send({ type: 'scrape', scrape: 1 })
  await until('1 ready')
  expect(history).toEqual(['2 ready', killed(2), '1 ready'])
})
