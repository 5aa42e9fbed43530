// sluice bench: sends requests to any OpenAI-compatible server and measures the responses as a client sees them.
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { startLoad } from '../bench/load.ts'
import type { Load, LoadOptions } from '../bench/load.ts'
import { planLoad } from '../bench/plan.ts'
import type { BenchFlags } from '../bench/plan.ts'
import { findObstacle } from '../bench/preflight.ts'
import { showProgress } from '../bench/progress.ts'
import { renderReport } from '../bench/render.ts'
import { createReport } from '../bench/report.ts'

interface Flags extends BenchFlags {
  readonly keyFile?: string
  readonly json?: boolean
  readonly probe: boolean
}

const EXAMPLES = `
Examples:
  sluice bench http://127.0.0.1:8080/v1 --model sim-1b --key sk-... --rate 1000
  sluice bench http://127.0.0.1:8080/v1 --model sim-1b --stream --concurrency 50 --duration 30s
  sluice bench http://127.0.0.1:8080/v1/messages --body request.json --requests 1000 --json`

export function benchCommand(): Command {
  return new Command('bench')
    .description('Send load to a server; measure latency, time to first token, throughput and failures')
    .argument('<url>', 'a base URL such as http://127.0.0.1:8080/v1, or the full URL of an operation')
    .option('-r, --rate <n>', 'open loop: n requests per second; each latency counts from the time the request was due')
    .option('-j, --concurrency <n>', 'closed loop: n clients, each waits for its response (default: 16)')
    .option('-d, --duration <time>', 'duration of the load, such as 10s or 2m (default: 10s)')
    .option('-n, --requests <n>', 'number of requests')
    .option('--warmup <time>', 'send load for this time before measuring')
    .option('--timeout <time>', 'timeout of one request (default: 60s)')
    .option('-s, --stream', 'request streams; measure time to first token and the gaps between chunks')
    .option('-m, --model <name>', 'name of the model')
    .option('-k, --key <key>', 'API key')
    .option('--key-file <file>', 'file that contains the API key')
    .option('--prompt-bytes <n>', 'size of the prompt (default: 800)')
    .option('--max-tokens <n>', 'maximum output tokens')
    .option('-H, --header <header>', "'name: value'; may be repeated", collect, [])
    .option('--body <file>', 'send this file as the body instead of a generated one')
    .option('--no-probe', 'do not send one request first to find mistakes')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(runBench)
}

const collect = (value: string, before: readonly string[]) => [...before, value]

async function runBench(url: string, flags: Flags, command: Command): Promise<void> {
  const options = orFail(command, () => planLoad(url, readFiles(flags)))
  const obstacle = flags.probe ? await findObstacle(options) : undefined
  if (obstacle !== undefined) return failWith(obstacle)
  const load = startLoad(options)
  await finish(load)
  report(load, options, flags.json ?? false)
  if (load.tally.succeeded === 0 && load.tally.failed > 0) process.exitCode = 1
}

/** The obstacle has its own advice, because the options are not the problem. */
function failWith(obstacle: string): void {
  console.error(`error: ${obstacle}`)
  process.exitCode = 1
}

/** Ctrl-C ends the load early and prints the report so far. A second one ends the program. */
async function finish(load: Load): Promise<void> {
  const hideProgress = showProgress(load, process.stderr)
  const stop = () => load.stop()
  process.once('SIGINT', stop)
  await load.done
  process.off('SIGINT', stop)
  hideProgress()
}

function report(load: Load, options: LoadOptions, isJson: boolean): void {
  const report = createReport(load, options)
  if (isJson) return console.log(JSON.stringify(report, undefined, 2))
  const { latency, firstToken } = load.tally
  const chart = options.isStream
    ? { title: 'time to first token', histogram: firstToken }
    : { title: 'latency', histogram: latency }
  console.log(`\n${renderReport(report, chart)}`)
}

function readFiles(flags: Flags): BenchFlags {
  if (flags.key !== undefined && flags.keyFile !== undefined) throw new Error('give --key or --key-file, not both')
  const { keyFile, body, ...others } = flags
  return {
    ...others,
    ...(keyFile === undefined ? {} : { key: readText('--key-file', keyFile).trim() }),
    ...(body === undefined ? {} : { body: readText('--body', body) }),
  }
}

function readText(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`${flag}: cannot read ${path} (${(cause as { code?: string }).code ?? 'unknown reason'})`, {
      cause,
    })
  }
}

function orFail<Value>(command: Command, make: () => Value): Value {
  try {
    return make()
  } catch (thrown) {
    return command.error(`error: ${(thrown as Error).message}`)
  }
}
