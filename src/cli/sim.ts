import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { chatFormatNames } from '../formats/chat-formats.ts'
import { PROFILES, type ProfileName } from '../sim/engine/profiles.ts'
import { type Fault, parseFault } from '../sim/faults/fault.ts'
import { readScripts, type Script } from '../sim/plan/script.ts'
import { STRICT_MODES, type StrictMode } from '../sim/rules/strict.ts'
import { type Fleet, startFleet } from '../sim/fleet.ts'
import { profileOf } from '../sim/server-state.ts'

interface Flags {
  readonly model: string
  readonly profile?: ProfileName
  readonly format?: string
  readonly host: string
  readonly port: number
  readonly servers: number
  readonly speed: number
  readonly seed: number
  readonly fault: readonly Fault[]
  readonly strict?: StrictMode | true
  readonly script?: readonly Script[]
}

/** `sluice sim`: runs simulated inference servers until it is interrupted. */
export const simCommand = (): Command =>
  new Command('sim')
    .description('Run simulated inference servers that behave like vLLM')
    .option('--model <name>', 'name of the model', 'sim-1b')
    .addOption(
      new Option('--profile <size>', 'speed and cache size of the simulated model (default: from the name)').choices(
        Object.keys(PROFILES),
      ),
    )
    .addOption(new Option('--format <format>', 'serve this API format only (default: all)').choices(chatFormatNames))
    .addOption(
      new Option('--strict [rules]', 'refuse what real providers refuse; Chat Completions by the rules of').choices(
        STRICT_MODES,
      ),
    )
    .option('--script <file>', 'JSON file with the texts and tool calls of the model, by turn', scriptFile)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'first port; 0 takes free ports', wholeNumber(0, 65_535), 9000)
    .option('--servers <count>', 'number of servers, on consecutive ports', wholeNumber(1, 256), 1)
    .option('--speed <factor>', 'times faster than real; 0 takes no time', speed, 1)
    .option('--seed <number>', 'seed of the random choice of faults', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--fault <spec>', 'kind[:rate[:count]], may be repeated; see docs/simulator.md', addFault, [])
    .action(run)

async function run(flags: Flags): Promise<void> {
  const { host: hostname, fault: faults, strict: rules, script: scripts, ...rest } = flags
  const strict = rules === true ? STRICT_MODES[0] : rules
  try {
    console.log(
      banner(
        flags,
        await startFleet({ ...rest, hostname, faults, ...(strict && { strict }), ...(scripts && { scripts }) }),
      ),
    )
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : 'unknown'
    console.error(`error: Cannot listen on ${hostname}:${flags.port}: ${why}\nGive another --port; 0 takes a free one.`)
    process.exit(1)
  }
}

function banner({ model, profile, speed, fault: faults }: Flags, { urls }: Fleet): string {
  const pace = speed === 0 ? 'as fast as possible' : speed === 1 ? 'real time' : `${speed} times real time`
  const prompt = JSON.stringify({ model, messages: [{ role: 'user', content: 'Tell me a story.' }], stream: true })
  return [
    `${urls.length === 1 ? 'A simulated server' : `${urls.length} simulated servers`} of ${model} ` +
      `(costs of ${profile ?? profileOf(model)}, ${pace}):`,
    '',
    ...urls.map((url) => `  ${url}/v1`),
    ...(faults.length > 0 ? ['', `Faults: ${faults.map(describeFault).join('; ')}`] : []),
    '',
    `Try: curl -N ${urls[0]}/v1/chat/completions -d '${prompt}'`,
    'Stop with Ctrl-C.',
  ].join('\n')
}

const describeFault = ({ kind, rate, count }: Fault): string =>
  `${kind} at ${Math.round(rate * 1000) / 10} % of requests${count === null ? '' : `, ${count} times`}`

/** A parser of whole numbers within bounds. */
function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`)
  }
}

function speed(text: string): number {
  if (text === 'infinite') return 0
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw new InvalidArgumentError('Give a number, 1 for real time, 0 for no time.')
}

function addFault(text: string, before: readonly Fault[]): readonly Fault[] {
  try {
    return [...before, parseFault(text)]
  } catch (thrown) {
    throw new InvalidArgumentError(thrown instanceof Error ? thrown.message : 'Unknown fault.')
  }
}

function scriptFile(path: string): readonly Script[] {
  try {
    return readScripts(JSON.parse(readFileSync(path, 'utf8')))
  } catch (thrown) {
    throw new InvalidArgumentError(thrown instanceof Error ? thrown.message : 'The file cannot be read.')
  }
}
