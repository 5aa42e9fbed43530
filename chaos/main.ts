// npm run chaos: everything that can go wrong goes wrong, and every answer is checked. See docs/chaos.md.
import { createChaosProgram, type Flags, type ScenarioName } from './flags.ts'
import { boundsOf } from './report.ts'
import { type ChaosOptions, type Progress, runChaos } from './run.ts'
import { cpuQuota } from './scenarios/cpu-quota.ts'
import { fullDisk } from './scenarios/full-disk.ts'
import { killedServer } from './scenarios/killed-server.ts'
import { killedWorker } from './scenarios/killed-worker.ts'
import { movedAddress } from './scenarios/moved-address.ts'
import { rollingRestart } from './scenarios/rolling-restart.ts'
import { stalledHandshake } from './scenarios/stalled-handshake.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { columns, renderReport } from './table.ts'

const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  'killed-server': killedServer,
  'killed-worker': killedWorker,
  'rolling-restart': rollingRestart,
  'cpu-quota': cpuQuota,
  'moved-address': movedAddress,
  'stalled-handshake': stalledHandshake,
  'full-disk': fullDisk,
}

const flags = createChaosProgram().parse().opts<Flags>()

const holds = flags.scenario === undefined ? await runAll(flags) : await runScenario(SCENARIOS[flags.scenario])
process.exit(holds ? 0 : 1)

async function runAll(options: ChaosOptions): Promise<boolean> {
  console.error(`seed ${options.seed}, ${options.seconds} s, ${options.workers} workers, ${options.clients} clients`)
  let hide = () => {}
  const report = await runChaos(options, (progress) => (hide = showProgress(progress)))
  hide()
  console.log(`\n${renderReport(report)}\n`)
  return boundsOf(report).every(({ holds }) => holds)
}

async function runScenario({ title, run: play }: Scenario): Promise<boolean> {
  console.log(`${title}\n`)
  const { rows, holds } = await play()
  console.log(`${columns(rows)}\n\n${holds ? 'pass' : 'MISS'}`)
  return holds
}

/** On a terminal one line that is redrawn, elsewhere a line every ten seconds. */
function showProgress(progress: () => Progress): () => void {
  const { stderr } = process
  const startedMs = performance.now()
  const text = () => {
    const { tally, disruptions, inFlight } = progress()
    const { requests, exact, errors, broken, disconnected, wrong } = tally.total
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
    return `${seconds} s: ${disruptions} faults, ${requests} requests (${inFlight} in flight): ${exact} exact, ${errors} errors, ${broken} broken, ${disconnected} disconnected, ${wrong} wrong`
  }
  const draw = () => stderr.write(stderr.isTTY ? `\r\u001B[K${text()}` : `${text()}\n`)
  const timer = setInterval(draw, stderr.isTTY ? 250 : 10_000)
  return () => {
    clearInterval(timer)
    draw()
  }
}
