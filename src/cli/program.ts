// The command line as a whole. Each command has a file of its own beside this one.
import { Command } from 'commander'
import { benchCommand } from './bench.ts'
import { checkCommand } from './check.ts'
import { doctorCommand } from './doctor.ts'
import { explainCommand } from './explain.ts'
import { serveCommand } from './serve.ts'
import { simCommand } from './sim.ts'
import { pathOf, refuseCommand } from './unknown-command.ts'

/** All commands. Without one `serve` runs. */
export function createProgram(version: string): Command {
  const program = new Command('sluice')
    .description(
      'One gateway to every model: OpenAI-compatible, in front of hosted providers and your own inference servers.',
    )
    .version(version)
    .addCommand(serveCommand(version), { isDefault: true })
    .addCommand(checkCommand())
    .addCommand(explainCommand())
    .addCommand(doctorCommand(version))
    .addCommand(simCommand())
    .addCommand(benchCommand())
    // `serve` takes a file only when it is named: without the name, it is a mistyped command.
    .hook('preAction', (_, { args }) => {
      if (args[0] !== undefined && isDefaulted(program)) refuseCommand(program, args[0])
    })
  adviseOnErrors(program)
  return program
}

/** Runs what the arguments (those after the program's name) ask for. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  const [first] = args
  if (first !== undefined && !first.startsWith('-') && !isCommand(program, first)) refuseCommand(program, first)
  await program.parseAsync(args, { from: 'user' })
}

const isDefaulted = (program: Command): boolean => !isCommand(program, program.args[0] ?? '')

const isCommand = (program: Command, name: string): boolean =>
  name === 'help' || program.commands.some((command) => command.name() === name)

/** Every error of the command line ends with where to look. */
function adviseOnErrors(command: Command): void {
  const what = command.commands.length > 0 ? 'commands' : 'arguments and options'
  command.showHelpAfterError(`Run "${pathOf(command)} --help" for the ${what}.`)
  for (const below of command.commands) adviseOnErrors(below)
}
