// npm run chaos: everything that can go wrong goes wrong, and every answer is checked. See docs/chaos.md.
import { Command, InvalidArgumentError } from 'commander'
import { boundsOf } from './report.ts'
import { type ChaosOptions, type Progress, runChaos } from './run.ts'
import { renderReport } from './table.ts'

const options = new Command('npm run chaos --')
  .description('kill, freeze and confuse servers and workers under load, and check every answer')
  .option('--seconds <number>', 'how long', positive, 300)
  .option('--seed <number>', 'the same faults and calls again', positive, 1 + Math.floor(Math.random() * 9999))
  .option('--workers <number>', 'worker processes of the gateway', positive, 3)
  .option('--clients <number>', 'clients that ask without pause', positive, 48)
  .parse()
  .opts<ChaosOptions>()

console.error(`seed ${options.seed}, ${options.seconds} s, ${options.workers} workers, ${options.clients} clients`)
const stops: (() => void)[] = []
const report = await runChaos(options, (progress) => stops.push(showProgress(progress)))
for (const stop of stops) stop()
console.log(`\n${renderReport(report)}\n`)
process.exit(boundsOf(report).every(({ holds }) => holds) ? 0 : 1)

/** One line that is drawn again on a terminal, a line every ten seconds elsewhere. */
function showProgress(progress: () => Progress): () => void {
  const { stderr } = process
  const startedMs = performance.now()
  const text = () => {
    const { tally, injuries, inFlight } = progress()
    const { calls, exact, errors, broken, left, lies } = tally.total
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
    return `${seconds} s: ${injuries} faults, ${calls} calls (${inFlight} under way): ${exact} exact, ${errors} errors, ${broken} broken, ${left} left, ${lies} lies`
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
