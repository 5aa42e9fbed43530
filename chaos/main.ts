// npm run chaos: everything that can go wrong goes wrong, and every answer is checked. See docs/chaos.md.
import { Command, InvalidArgumentError, Option } from 'commander'
import { boundsOf } from './report.ts'
import { type ChaosOptions, type Progress, runChaos } from './run.ts'
import { killedServer } from './scenes/killed-server.ts'
import { killedWorker } from './scenes/killed-worker.ts'
import { rollingRestart } from './scenes/rolling-restart.ts'
import type { Scene } from './scenes/scene.ts'
import { columns, renderReport } from './table.ts'

const SCENES: Readonly<Record<string, Scene>> = {
  'killed-server': killedServer,
  'killed-worker': killedWorker,
  'rolling-restart': rollingRestart,
}

interface Flags extends ChaosOptions {
  readonly scene?: string
}

const flags = new Command('npm run chaos --')
  .description('kill, freeze and confuse servers and workers under load, and check every answer')
  .option('--seconds <number>', 'how long', positive, 300)
  .option('--seed <number>', 'the same faults and calls again', positive, 1 + Math.floor(Math.random() * 9999))
  .option('--workers <number>', 'worker processes of the gateway', positive, 3)
  .option('--clients <number>', 'clients that ask without pause', positive, 48)
  .addOption(new Option('--scene <name>', 'one thing, looked at closely, instead of all').choices(Object.keys(SCENES)))
  .parse()
  .opts<Flags>()

const holds = flags.scene === undefined ? await runAll(flags) : await playScene(SCENES[flags.scene]!)
process.exit(holds ? 0 : 1)

async function runAll(options: ChaosOptions): Promise<boolean> {
  console.error(`seed ${options.seed}, ${options.seconds} s, ${options.workers} workers, ${options.clients} clients`)
  let hide = () => {}
  const report = await runChaos(options, (progress) => (hide = showProgress(progress)))
  hide()
  console.log(`\n${renderReport(report)}\n`)
  return boundsOf(report).every(({ holds }) => holds)
}

async function playScene({ title, play }: Scene): Promise<boolean> {
  console.log(`${title}\n`)
  const { rows, holds } = await play()
  console.log(`${columns(rows)}\n\n${holds ? 'pass' : 'MISS'}`)
  return holds
}

/** One line that is drawn again on a terminal, a line every ten seconds elsewhere. */
function showProgress(progress: () => Progress): () => void {
  const { stderr } = process
  const startedMs = performance.now()
  const text = () => {
    const { tally, disruptions, inFlight } = progress()
    const { calls, exact, errors, broken, left, lies } = tally.total
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
    return `${seconds} s: ${disruptions} faults, ${calls} calls (${inFlight} under way): ${exact} exact, ${errors} errors, ${broken} broken, ${left} left, ${lies} lies`
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
  throw new InvalidArgumentError('Give a whole number above 0.')
}
