import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { locateConfig, readEnvironment } from '../config/environment.ts'
import { ConfigError, renderProblems } from '../config/problem.ts'
import type { Environment } from '../config/substitute.ts'
import type { Finding, GatewayUnderTest } from '../doctor/examine.ts'
import { chooseModels } from '../doctor/models.ts'
import { costOf, examineAll, type Plan } from '../doctor/plan.ts'
import { ALL_PROBES, BASIC_PROBES } from '../doctor/probe.ts'
import { renderFindings } from '../doctor/render.ts'
import { suspiciousKeys } from '../doctor/suspicious-keys.ts'
import { loadFrom } from '../runtime/configuration.ts'
import { startInProcess } from '../runtime/runtime.ts'

export interface DoctorOptions {
  readonly config?: string | undefined
  readonly model: readonly string[]
  readonly url?: string
  readonly key?: string
  readonly full?: boolean
  readonly yes?: boolean
  readonly json?: boolean
}

export interface Diagnosis {
  readonly output: string
  /** 0: nothing failed. 1: something failed. 2: no request was sent. */
  readonly exitCode: 0 | 1 | 2
}

/** `sluice doctor`: sends requests to the models in every API format that clients use. */
export function doctorCommand(version: string): Command {
  return new Command('doctor')
    .description(
      'Send requests to your models through a gateway, in every API format that clients use, and show what works',
    )
    .option('-c, --config <file>', 'start a gateway with this file for the test (default: as `serve` does)')
    .option('--url <url>', 'use the gateway that runs at this address instead')
    .option('--key <key>', 'key of that gateway (default: $SLUICE_MASTER_KEY)')
    .option('-m, --model <name>', 'test this model only; may be repeated', collect, [])
    .option('--full', 'also test tools, images and structured output, not only text and streams')
    .option('-y, --yes', 'run --full without confirmation of its cost')
    .option('--json', 'print the findings as JSON')
    .action(async (options: DoctorOptions) => {
      const { output, exitCode } = await doctor(options, version, readEnvironment(), (line) => console.error(line))
      console.log(output)
      process.exitCode = exitCode
    })
}

const NOT_STARTED = 'No request was sent. Fix the configuration and run the command again.'

const collect = (value: string, before: readonly string[]) => [...before, value]

/** The test itself, without a terminal. `progress` is called with one line at a time. */
export async function doctor(
  options: DoctorOptions,
  version: string,
  environment: Environment,
  progress: (line: string) => void = () => {},
): Promise<Diagnosis> {
  try {
    const { gateway, stop } = await findGateway(options, version, environment)
    try {
      const warnings = options.url === undefined ? keyWarnings(options, environment) : []
      for (const warning of warnings) progress(warning)
      return withWarnings(await visit(gateway, options, progress), options.json ? [] : warnings)
    } finally {
      await stop()
    }
  } catch (thrown) {
    const output =
      thrown instanceof ConfigError
        ? `${renderProblems(thrown.file, thrown.problems, { color: false })}\n\n${NOT_STARTED}`
        : `sluice: ${thrown instanceof Error ? thrown.message : String(thrown)}`
    return { output, exitCode: 2 }
  }
}

/** The gateway that is named, else one in this process, on random ports and with a random key. */
async function findGateway({ url, key, config }: DoctorOptions, version: string, environment: Environment) {
  if (url !== undefined) {
    const known = key ?? environment['SLUICE_MASTER_KEY'] ?? ''
    return { gateway: { url, key: known }, stop: async () => {} }
  }
  const own = randomUUID()
  const service = await startInProcess({
    version,
    configFlag: config,
    simulates: true,
    isOwnClient: true,
    environment: {
      ...environment,
      SERVER_HOST: '127.0.0.1',
      SERVER_PORT: '0',
      METRICS_PORT: '0',
      SLUICE_MASTER_KEY: own,
      LOG_LEVEL: 'silent',
    },
  })
  return { gateway: { url: service.url, key: own }, stop: () => service.stop() }
}

/** The configuration is valid: a gateway runs with it. */
function keyWarnings({ config }: DoctorOptions, environment: Environment): string[] {
  const file = locateConfig(config, environment)
  return suspiciousKeys(loadFrom({ file, environment, simulated: [] }).config).map((sentence) => `Check: ${sentence}`)
}

const withWarnings = ({ output, exitCode }: Diagnosis, warnings: readonly string[]): Diagnosis => ({
  output: warnings.length > 0 ? `${output}\n\n${warnings.join('\n')}` : output,
  exitCode,
})

async function visit(
  gateway: GatewayUnderTest,
  options: DoctorOptions,
  progress: (line: string) => void,
): Promise<Diagnosis> {
  const plan: Plan = {
    models: await chooseModels(gateway, options.model),
    probes: options.full ? ALL_PROBES : BASIC_PROBES,
  }
  if (plan.models.length === 0)
    return { output: 'There is no model to ask: add one to `models` in the configuration.', exitCode: 2 }
  if (options.full && !options.yes)
    return { output: `These would be ${costOf(plan)}. Say --yes to go on.`, exitCode: 2 }
  progress(`${costOf(plan)}.`)
  const findings = await examineAll(gateway, plan, (model) => progress(`  ${model}`))
  return {
    output: options.json ? JSON.stringify(findings, undefined, 2) : renderFindings(findings),
    exitCode: hasFailed(findings) ? 1 : 0,
  }
}

const hasFailed = (findings: readonly Finding[]): boolean => findings.some(({ verdict }) => verdict === 'FAILED')
