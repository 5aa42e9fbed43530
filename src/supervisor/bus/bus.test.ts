import { describe, expect, test } from 'bun:test'
import type { BusMessage, Published } from './bus-messages.ts'
import { type Recipient, SupervisorBus } from './supervisor-bus.ts'
import { type Publish, SUPERVISOR, type Topic } from './topic.ts'
import { WorkerBus } from './worker-bus.ts'

type Options = Partial<Topic<string>> & Pick<Topic<string>, 'name'>

interface Process {
  /** What its topics were given, in order: `limits: a from 1`. */
  readonly log: string[]
  readonly warnings: string[]
  readonly errors: unknown[]
  readonly publish: Record<string, Publish<string>>
}

/** A topic that records what happens to it. A message "bad" cannot be applied. */
const recorded = (log: string[], options: Options): Topic<string> => ({
  forward: 'others',
  snapshot: () => [],
  apply(message, from) {
    if (message === 'bad') throw new Error(`bad message of ${options.name}`)
    log.push(`${options.name}: ${message} from ${from}`)
  },
  workerGone: (worker) => log.push(`${options.name}: ${worker} gone`),
  ...options,
})

function recorder() {
  const process: Process = { log: [], warnings: [], errors: [], publish: {} }
  const options = {
    log: { warn: (fields: object, message: string) => process.warnings.push(`${JSON.stringify(fields)} ${message}`) },
    onError: (error: unknown) => process.errors.push(error),
  }
  return { process, options }
}

interface WorkerEnd extends Process {
  readonly bus: WorkerBus
  readonly received: BusMessage[]
  /** Resolves when the worker has received something after its start. */
  readonly first: PromiseWithResolvers<void>
}

/** A supervisor and its workers, whose pipes are structured clones. */
function machine(topics: readonly Options[], workerIds: readonly number[] = [1, 2, 3]) {
  let nowMs = 0
  const workers = new Map<number, WorkerEnd>()
  const { process: supervisor, options } = recorder()
  const running = (): Recipient[] =>
    [...workers].map(([id, { bus, received, first }]) => ({
      id,
      send(message) {
        received.push(message)
        bus.receive(structuredClone(message))
        first.resolve()
      },
    }))
  const bus = new SupervisorBus({ ...options, workers: running, clock: () => nowMs })
  const join = (process: Process, end: SupervisorBus | WorkerBus) => {
    for (const topic of topics) process.publish[topic.name] = end.join(recorded(process.log, topic))
  }
  join(supervisor, bus)

  function add(id: number) {
    const { process, options } = recorder()
    const end = new WorkerBus({ ...options, send: (message) => bus.receive(id, structuredClone(message)) })
    const worker: WorkerEnd = { ...process, bus: end, received: [], first: Promise.withResolvers() }
    join(worker, end)
    for (const message of bus.catchUp(id)) end.receive(structuredClone(message))
    workers.set(id, worker)
    return worker
  }
  workerIds.forEach(add)
  return {
    bus,
    supervisor,
    add,
    worker: (id: number) => workers.get(id)!,
    exit(id: number) {
      workers.delete(id)
      bus.workerGone(id)
    },
    later: (ms: number) => (nowMs += ms),
    /** What each process applied, the supervisor first. */
    logs: () => [supervisor.log, ...Array.from(workers.values(), ({ log }) => log)],
  }
}

describe('a message reaches', () => {
  test.each<[title: string, from: number, forward: Topic<string>['forward'], reached: number[]]>([
    ['every worker, if the supervisor publishes it', SUPERVISOR, 'none', [1, 2, 3]],
    ['the supervisor only, if it is not forwarded', 2, 'none', [SUPERVISOR]],
    ['the supervisor and the other workers', 2, 'others', [SUPERVISOR, 1, 3]],
    ['all processes, the publisher included', 2, 'all', [SUPERVISOR, 1, 2, 3]],
  ])('%s', (_title, from, forward, reached) => {
    const { supervisor, worker, logs } = machine([{ name: 'limits', forward }])
    const { publish } = from === SUPERVISOR ? supervisor : worker(from)
    publish['limits']!('a')
    expect(logs()).toEqual([0, 1, 2, 3].map((id) => (reached.includes(id) ? [`limits: a from ${from}`] : [])))
  })
})

test('messages arrive in the order in which the supervisor received them, across topics', () => {
  const { worker } = machine([{ name: 'limits' }, { name: 'keys' }])
  worker(1).publish['limits']!('a')
  worker(2).publish['keys']!('b')
  worker(1).publish['limits']!('c')
  expect(worker(3).log).toEqual(['limits: a from 1', 'keys: b from 2', 'limits: c from 1'])
})

describe('a new worker', () => {
  test('receives the snapshot of each topic, in the order in which the topics joined', () => {
    const { add } = machine([
      { name: 'limits', snapshot: () => ['a', 'b'] },
      { name: 'silent' },
      { name: 'keys', snapshot: (worker) => [`for ${worker}`] },
    ])
    expect(add(4).log).toEqual(['limits: a from 0', 'limits: b from 0', 'keys: for 4 from 0'])
  })

  test('receives a snapshot aged by the time that it took to start, if the topic has ages', () => {
    const gather = { forMs: 5, aged: (message: string, heldMs: number) => `${message}+${heldMs}` }
    const topics = [
      { name: 'loads', gather, snapshot: () => ['a'] },
      { name: 'keys', snapshot: () => ['b'] },
    ]
    const { bus, worker } = machine(topics, [1])
    const { bus: end, log } = worker(1)
    log.splice(0)
    for (const message of bus.catchUp(1)) end.receive(message, 400)
    expect(log).toEqual(['loads: a+400 from 0', 'keys: b from 0'])
  })

  test('receives the other snapshots if one topic fails to make its own', () => {
    const snapshot = () => {
      throw new Error('no snapshot')
    }
    const { add, supervisor } = machine(
      [
        { name: 'limits', snapshot },
        { name: 'keys', snapshot: () => ['a'] },
      ],
      [],
    )
    expect(add(1).log).toEqual(['keys: a from 0'])
    expect(supervisor.errors).toEqual([new Error('no snapshot')])
  })
})

describe('when a worker has exited', () => {
  test('every topic of every other process is notified', () => {
    const { exit, logs } = machine([{ name: 'limits' }, { name: 'keys' }])
    exit(2)
    const expected = ['limits: 2 gone', 'keys: 2 gone']
    expect(logs()).toEqual([expected, expected, expected])
  })

  test('a message of it that arrives late is applied, and its exit is reported again', () => {
    const { exit, worker } = machine([{ name: 'limits' }])
    const { publish } = worker(2)
    exit(2)
    publish['limits']!('late')
    expect(worker(1).log).toEqual(['limits: 2 gone', 'limits: late from 2', 'limits: 2 gone'])
  })

  test('an error of one topic keeps no other topic from being notified', () => {
    const workerGone = () => {
      throw new Error('cannot forget')
    }
    const { exit, worker } = machine([{ name: 'limits', workerGone }, { name: 'keys' }])
    exit(2)
    expect([worker(1).log, worker(1).errors]).toEqual([['keys: 2 gone'], [new Error('cannot forget')]])
  })
})

describe('gathered messages', () => {
  const gather = { forMs: 5, aged: (message: string, heldMs: number) => `${message}+${heldMs}` }

  test('arrive together and aged, and only the latest of each worker', async () => {
    const { worker, later } = machine([{ name: 'loads', gather }])
    worker(1).publish['loads']!('old')
    worker(2).publish['loads']!('b')
    later(3)
    worker(1).publish['loads']!('new')
    later(1)
    await worker(3).first.promise
    expect(worker(3).received).toEqual([
      {
        type: 'topic',
        topic: 'loads',
        entries: [
          ['new+1', 1],
          ['b+4', 2],
        ],
      },
    ])
    expect(worker(1).log).toEqual(['loads: b+4 from 2'])
  })

  test('of a worker that has exited arrive before the notice of its exit', () => {
    const { worker, exit } = machine([{ name: 'loads', gather }])
    worker(2).publish['loads']!('last')
    exit(2)
    expect(worker(1).log).toEqual(['loads: last+0 from 2', 'loads: 2 gone'])
  })
})

describe('a message of an unknown topic', () => {
  const message = (topic: string): Published => ({ type: 'publish', topic, message: 'x' })

  test('is ignored, and logged once per topic', () => {
    const { bus, supervisor, worker } = machine([{ name: 'limits' }])
    for (let count = 0; count < 3; count++) bus.receive(1, message('prices'))
    worker(2).bus.receive({ type: 'topic', topic: 'prices', entries: [['x', 0]] })
    expect([supervisor.log, supervisor.errors, worker(2).log]).toEqual([[], [], []])
    const advice = 'sent a message of an unknown topic. It was ignored. Restart Sluice, so that all its processes run'
    expect(supervisor.warnings).toEqual([`{"topic":"prices"} Worker 1 ${advice} the same version.`])
    expect(worker(2).warnings).toEqual([`{"topic":"prices"} The supervisor ${advice} the same version.`])
  })

  test('fills neither log nor memory with invented names', () => {
    const { bus, supervisor } = machine([])
    for (let count = 0; count < 1000; count++) bus.receive(1, message(`topic ${count}`))
    expect(supervisor.warnings).toHaveLength(100)
  })

  test.each(['__proto__', 'constructor', ''])('is not confused with a property of objects: "%s"', (name) => {
    const { bus, supervisor } = machine([])
    bus.receive(1, message(name))
    expect([supervisor.warnings.length, supervisor.errors]).toEqual([1, []])
  })
})

describe('a message that cannot be applied', () => {
  test('is not forwarded, and later messages are', () => {
    const { worker, supervisor } = machine([{ name: 'limits' }])
    worker(1).publish['limits']!('bad')
    worker(1).publish['limits']!('good')
    expect(supervisor.errors).toEqual([new Error('bad message of limits')])
    expect(worker(2).log).toEqual(['limits: good from 1'])
  })

  test.each<[title: string, entries: unknown, applied: string[]]>([
    [
      'does not affect the others of its batch',
      [
        ['a', 0],
        ['bad', 0],
        ['b', 0],
      ],
      ['a', 'b'],
    ],
    ['may not be an entry', [['a', 0], null, ['b', 0]], ['a', 'b']],
    ['may not be in a list', 'x', []],
    ['may have null instead of a list', null, []],
  ])('%s', (_title, entries, applied) => {
    const { worker } = machine([{ name: 'limits' }])
    worker(1).bus.receive({ type: 'topic', topic: 'limits', entries } as BusMessage)
    expect(worker(1).log).toEqual(applied.map((message) => `limits: ${message} from 0`))
    expect(worker(1).errors).toHaveLength(1)
  })
})

test('two topics of one name are an error', () => {
  expect(() => machine([{ name: 'limits' }, { name: 'limits' }])).toThrow('Two topics have the name "limits".')
})
