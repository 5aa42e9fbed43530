import { Command } from 'commander'
import { ConfigError, renderProblems } from '../config/problem.ts'
import { readEnvironment } from '../config/environment.ts'
import { prepare } from '../runtime/prepare.ts'
import { runInProcess, type RunningGateway } from '../runtime/runtime.ts'
import { WORKER_VARIABLE } from '../supervisor/messages.ts'
import { startSupervisor } from '../supervisor/supervisor.ts'
import { runWorker } from '../supervisor/worker.ts'
import { workerCount } from '../supervisor/worker-count.ts'
import { banner } from './banner.ts'
import { configFileOf, takesConfigFile } from './config-file.ts'
import { createPin, pinningFacts } from '../supervisor/pinning.ts'
import { ownCommand } from './own-command.ts'

interface Flags {
  readonly config?: string | undefined
  readonly simulate: boolean
}

/** Enough for clients that are between two requests. Load balancers that need longer require a delay before the signal. */
const QUIET_MS = 250

const NOT_STARTED =
  'Sluice was not started. Fix the configuration and start again; "sluice check" finds problems without starting.'

/** `sluice serve`: runs the gateway until it receives a signal. */
export function serveCommand(version: string): Command {
  return takesConfigFile(new Command('serve').description('Run the gateway'))
    .option('--no-simulate', 'without a configuration file: do not start simulated models')
    .action((file: string | undefined, flags: Flags, command: Command) =>
      serve({ ...flags, config: configFileOf(command, file, flags.config) }, version),
    )
}

async function serve(flags: Flags, version: string): Promise<void> {
  const colored = Boolean(process.stderr.isTTY) && !readEnvironment()['NO_COLOR']
  const environment = readEnvironment()
  if (environment[WORKER_VARIABLE] && process.connected) return runWorker(version)
  try {
    const prepared = await prepare({ version, configFlag: flags.config, simulates: flags.simulate, environment })
    const { workers, workerAffinity } = prepared.loaded.config.server
    const count = workerCount(workers)
    const pin = workerAffinity ? createPin(count, pinningFacts(environment['PATH'])) : undefined
    const gateway =
      count === 1
        ? runInProcess(prepared)
        : await startSupervisor(prepared, { count, command: ownCommand(), environment, pin })
    stopOnSignals(gateway)
    process.on('SIGHUP', () => void gateway.reload('signal'))
    // After that: who reads the banner may send a signal at once.
    process.stderr.write(`${banner(gateway, { colored, startupMs: performance.now() })}\n`)
  } catch (thrown) {
    const text =
      thrown instanceof ConfigError
        ? `${renderProblems(thrown.file, thrown.problems, { color: colored })}\n\n${NOT_STARTED}`
        : `sluice: ${thrown instanceof Error ? thrown.message : String(thrown)}`
    process.stderr.write(`${text}\n`)
    process.exit(1)
  }
}

/** The first signal drains, the second ends the process at once. */
function stopOnSignals(gateway: RunningGateway): void {
  let isStopping = false
  const stop = () => {
    if (isStopping) {
      gateway.abandon()
      process.exit(1)
    }
    isStopping = true
    void gateway.stop(QUIET_MS).then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
