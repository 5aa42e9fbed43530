// npm run chaos: injects faults under load and checks every response. See docs/chaos.md.
import { Command, InvalidArgumentError, Option } from 'commander'
import { boundsOf } from './report.ts'
import { type ChaosOptions, type Progress, runChaos } from './run.ts'
import { killedServer } from './scenarios/killed-server.ts'
import { killedWorker } from './scenarios/killed-worker.ts'
import { rollingRestart } from './scenarios/rolling-restart.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { columns, renderReport } from './table.ts'

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'killed-server': killedServer,
  'killed-worker': killedWorker,
  'rolling-restart': rollingRestart,
}

interface Flags extends ChaosOptions {
  readonly scenario?: string
}

const flags = new Command('npm run chaos --')
  .description('inject faults into servers and workers under load, and check every response')
  .option('--seconds <number>', 'duration', positive, 300)
  .option(
    '--seed <number>',
    'the same seed gives the same faults and requests',
    positive,
    1 + Math.floor(Math.random() * 9999),
  )
  .option('--workers <number>', 'worker processes of the gateway', positive, 3)
  .option('--clients <number>', 'clients that send requests without pause', positive, 48)
  .addOption(new Option('--scenario <name>', 'run one scenario instead of all faults').choices(Object.keys(SCENARIOS)))
  .parse()
  .opts<Flags>()

const holds = flags.scenario === undefined ? await runAll(flags) : await runScenario(SCENARIOS[flags.scenario]!)
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

function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Use a whole number above 0.')
}
