// npm run bench: compares the gateway with nginx, bare relays and the upstream itself, in one run. See docs/benchmarks.md.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBenchProgram, type Flags, type MeasureName } from './flags.ts'
import { measureBodies } from './measures/bodies.ts'
import { measureOneCore } from './measures/one-core.ts'
import { measureRequests } from './measures/requests.ts'
import { measureColdStart } from './measures/cold-start.ts'
import { measureFirstToken } from './measures/first-token.ts'
import { measureLatency } from './measures/latency.ts'
import { measureSlowReaders } from './measures/slow-readers.ts'
import { measureStreams } from './measures/streams.ts'
import { measureTranslation } from './measures/translation.ts'
import { describeMachine, saveResult } from './results.ts'
import { startUpstream } from './baselines.ts'
import type { Bench } from './rounds.ts'
import { isWithin } from './row.ts'
import type { Row } from './row.ts'
import { renderTable } from './table.ts'

const MEASURES: Readonly<Record<MeasureName, (bench: Bench) => Promise<Row[]>>> = {
  requests: measureRequests,
  'one-core': measureOneCore,
  latency: measureLatency,
  'first-token': measureFirstToken,
  streams: measureStreams,
  'slow-readers': measureSlowReaders,
  bodies: measureBodies,
  translation: measureTranslation,
  'cold-start': measureColdStart,
}

/** Runnable processes over the last minute (load average) above which other work disturbs the run. */
const BUSY_LOAD = 0.7

const flags = createBenchProgram().parse().opts<Flags>()

await run(flags)

async function run(flags: Flags): Promise<void> {
  const startedAt = performance.now()
  const machine = describeMachine()
  print(
    `${machine.cpu}, ${machine.cores} cores, load ${machine.loadAverage}; bun ${machine.bun}, nginx ${machine.nginx}\n`,
  )
  if (machine.loadAverage > BUSY_LOAD)
    print('Other processes are using this machine. The ratios are reliable; the p99 rows are the least reliable.\n')
  const { rows, failures } = await measureAll(flags)
  console.log(`\n${renderTable(rows)}\n`)
  for (const failure of failures) console.log(`not measured: ${failure}`)
  const file = saveResult({ machine, isQuick: flags.quick ?? false, rows, failures }, flags.save ?? false)
  const missed = rows.filter((row) => isWithin(row) === false).length
  console.log(`${missed} bounds missed; ${Math.round((performance.now() - startedAt) / 1000)} s; written to ${file}`)
  // Leftover sockets and timers of the loads must not delay the exit.
  process.exit(failures.length > 0 ? 1 : 0)
}

async function measureAll(flags: Flags): Promise<{ rows: Row[]; failures: string[] }> {
  const bench = await prepare(flags)
  const rows: Row[] = []
  for (const [name, measure] of Object.entries(MEASURES).filter(([name]) => (flags.only ?? name) === name)) {
    print(`measuring ${name} ...`)
    const startedAt = performance.now()
    try {
      rows.push(...(await measure(bench)))
    } catch (thrown) {
      bench.failures.add(`${name}: ${(thrown as Error).message}`)
    }
    print(` ${Math.round((performance.now() - startedAt) / 1000)} s\n`)
  }
  return { rows, failures: [...bench.failures] }
}

async function prepare({ quick, gateway }: Flags): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { port } = await startUpstream()
  const gatewayCommand = gateway === undefined ? {} : { gatewayCommand: gateway.split(' ') }
  return { folder, upstreamPort: port, isQuick: quick ?? false, failures: new Set(), ...gatewayCommand }
}

function print(text: string): void {
  process.stderr.write(text)
}
