import { expect, test } from 'bun:test'
import { registerProcessMetrics } from './process.ts'
import { createRegistry, type Registry } from './registry.ts'

const linesOf = (registry: Registry, name: string) =>
  registry
    .render()
    .split('\n')
    .filter((line) => line.startsWith(name))

test('the process is read again at each scrape', () => {
  const registry = createRegistry({ maxSeries: 10 })
  let seconds = 0
  registerProcessMetrics(registry, '1.2.3', {
    startTimeSeconds: 1_700_000_000.25,
    cpuSeconds: () => ++seconds,
    residentBytes: () => 5e7,
    openFds: () => undefined,
  })
  expect(linesOf(registry, 'process_cpu')).toEqual(['process_cpu_seconds_total 1'])
  expect(linesOf(registry, 'process_')).toEqual([
    'process_cpu_seconds_total 2',
    'process_resident_memory_bytes 50000000',
    'process_start_time_seconds 1700000000.25',
  ])
  expect(linesOf(registry, 'sluice_build_info')).toEqual(['sluice_build_info{version="1.2.3"} 1'])
})

test('the readings of this process are plausible', () => {
  const registry = createRegistry({ maxSeries: 10 })
  registerProcessMetrics(registry, '1.2.3')
  const [cpu, resident, start, fds] = linesOf(registry, 'process_').map((line) => Number(line.split(' ')[1]))
  expect(cpu).toBeWithin(0.001, 3600)
  expect(resident).toBeWithin(1e7, 1e10)
  expect(start).toBeWithin(Date.now() / 1000 - 3600, Date.now() / 1000 + 1)
  if (process.platform === 'linux') expect(fds).toBeWithin(3, 10_000)
})
