import { Command } from 'commander'
import { locateConfig, readEnvironment } from '../config/environment.ts'
import { type LoadedConfig, loadConfigFile } from '../config/load-file.ts'
import { ConfigError, renderProblems } from '../config/problem.ts'
import type { Environment } from '../config/substitute.ts'
import { certificateWarning } from '../http/tls.ts'
import { hasDefaultUrl, providerTypes } from '../providers/index.ts'
import { configFileOf, takesConfigFile } from './config-file.ts'

export interface CheckOptions {
  readonly config?: string | undefined
  readonly json?: boolean
}

export interface Checked {
  readonly output: string
  readonly exitCode: 0 | 1
}

/** `sluice check`: reads the configuration as `serve` does, and prints every problem. */
export function checkCommand(): Command {
  return takesConfigFile(new Command('check'))
    .description('Check the configuration without starting anything')
    .option('--json', 'print the result as JSON')
    .action((named: string | undefined, options: CheckOptions, command: Command) => {
      const file = configFileOf(command, named, options.config)
      const environment = readEnvironment()
      const color = process.stdout.isTTY === true && !environment['NO_COLOR']
      const { output, exitCode } = check({ ...options, config: file }, environment, color)
      console.log(output)
      process.exitCode = exitCode
    })
}

/** The check itself, without a terminal. */
export function check(options: CheckOptions, environment: Environment, color: boolean): Checked {
  const file = locateConfig(options.config, environment)
  try {
    const loaded = loadConfigFile({ file, environment, providerTypes, hasDefaultUrl })
    return {
      output: options.json
        ? json({ ok: true, file, ...summary(loaded), warnings: warningsOf(loaded) })
        : describe(file, loaded),
      exitCode: 0,
    }
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    const { problems } = thrown
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
    const output = options.json
      ? json({ ok: false, file, problems })
      : `${renderProblems(thrown.file, problems, { color })}\n\n${count} in ${thrown.file}`
    return { output, exitCode: 1 }
  }
}

const json = (value: unknown) => JSON.stringify(value, null, 2)

const warningsOf = ({ config: { server } }: LoadedConfig): string[] => {
  const warning = server.tls && certificateWarning(server.tls, Date.now())
  return warning === undefined ? [] : [warning]
}

const summary = ({ config, files }: LoadedConfig) => ({
  providers: config.providers.map(({ name }) => name),
  models: config.models.map(({ name }) => name),
  routes: config.routes.map(({ path }) => path),
  files,
})

function describe(file: string | undefined, loaded: LoadedConfig): string {
  const { providers, models, routes } = summary(loaded)
  const line = (title: string, names: readonly string[]) =>
    `  ${title.padEnd(10)} ${String(names.length).padStart(3)}  ${names.join(', ')}`.trimEnd()
  const lines = [line('providers', providers), line('models', models), line('routes', routes)]
  const verdict =
    file === undefined
      ? 'There is no configuration file; the defaults and the environment are valid.'
      : `${file} is valid.`
  const warnings = warningsOf(loaded).map((warning) => `Warning: ${warning}`)
  return [verdict, ...lines, ...warnings].join('\n')
}
