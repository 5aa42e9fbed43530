import { expect, test } from 'bun:test'
import { allowedCores, createPin, type PinningFacts } from './pinning.ts'

const statusWith = (list: string) =>
  `Name:\tbun\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}\nMems_allowed_list:\t0\n`

test.each([
  ['0', [0]],
  ['0-3', [0, 1, 2, 3]],
  ['1,3', [1, 3]],
  ['0-1,8,10-11', [0, 1, 8, 10, 11]],
])('the list %s', (list, cores) => expect(allowedCores(statusWith(list))).toEqual(cores))

test.each([[''], ['Name:\tbun\n'], [statusWith('')], [statusWith('nonsense')]])('no list in %j', (status) =>
  expect(allowedCores(status)).toEqual([]),
)

const facts = (list: string, more: Partial<PinningFacts> = {}): PinningFacts => ({
  platform: 'linux',
  status: () => statusWith(list),
  taskset: '/bin/taskset',
  ...more,
})
const log = { warn: () => {} }

test('each worker gets a core of those that the process may use, and the one at its place the same one again', () => {
  const pin = createPin(3, facts('2,5-9'))
  expect([0, 1, 2, 1].map((place) => pin(place, ['sluice', 'serve'], log))).toEqual(
    ['2', '5', '6', '5'].map((core) => ['/bin/taskset', '-c', core, 'sluice', 'serve'] as const),
  )
})

test('a worker whose core was taken away starts without one', () => {
  let list = '0-3'
  const warnings: unknown[] = []
  const pin = createPin(4, facts('', { status: () => statusWith(list) }))
  list = '0-2'
  expect(pin(3, ['sluice'], { warn: (...given: unknown[]) => warnings.push(given) } as never)).toEqual(['sluice'])
  expect(warnings).toEqual([[{ core: 3 }, expect.stringContaining('Core 3 is not available')]])
  expect(pin(2, ['sluice'], log)).toEqual(['/bin/taskset', '-c', '2', 'sluice'])
})

test.each([
  [2, facts('0-7', { platform: 'darwin' }), 'works on Linux only, not on darwin'],
  [2, facts('0-7', { taskset: null }), 'needs the program taskset'],
  [5, facts('0-3'), 'may use 4 and server.workers is 5. Set server.workers to 4 or less'],
  [2, facts('6'), 'may use 1 and server.workers is 2. Set server.workers to auto'],
  [2, facts(''), 'needs /proc/self/status'],
])('%d workers: %p is an error', (count, given, message) => {
  expect(() => createPin(count, given)).toThrow(`server.workerAffinity`)
  expect(() => createPin(count, given)).toThrow(message)
})
