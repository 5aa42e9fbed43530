// npm run chaos: everything that can go wrong goes wrong, and every answer is checked. See docs/chaos.md.
import { createChaosProgram, type Flags, type SceneName } from './flags.ts'
import { boundsOf } from './report.ts'
import { type ChaosOptions, type Progress, runChaos } from './run.ts'
import { killedServer } from './scenes/killed-server.ts'
import { killedWorker } from './scenes/killed-worker.ts'
import { rollingRestart } from './scenes/rolling-restart.ts'
import type { Scene } from './scenes/scene.ts'
import { columns, renderReport } from './table.ts'

const SCENES: Readonly<Record<SceneName, Scene>> = {
  'killed-server': killedServer,
  'killed-worker': killedWorker,
  'rolling-restart': rollingRestart,
}

const flags = createChaosProgram().parse().opts<Flags>()

const holds = flags.scene === undefined ? await runAll(flags) : await playScene(SCENES[flags.scene])
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
