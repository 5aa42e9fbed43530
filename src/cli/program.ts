// The command line. Each command is in its own file in this folder.
import { Command } from 'commander'
import { benchCommand } from './bench.ts'
import { checkCommand } from './check.ts'
import { doctorCommand } from './doctor.ts'
import { explainCommand } from './explain.ts'
import { serveCommand } from './serve.ts'
import { simCommand } from './sim.ts'
import { pathOf, failUnknownCommand } from './unknown-command.ts'

/** All commands. Without a command, `serve` runs. */
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
    // `serve` takes a file only if the command is named: otherwise the argument is a mistyped command.
    .hook('preAction', (_, { args }) => {
      if (args[0] !== undefined && isDefaulted(program)) failUnknownCommand(program, args[0])
    })
  addHelpToErrors(program)
  return program
}

/** Runs the command in the arguments (those after the program's name). */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  const [first] = args
  if (first !== undefined && !first.startsWith('-') && !isCommand(program, first)) failUnknownCommand(program, first)
  await program.parseAsync(args, { from: 'user' })
}

const isDefaulted = (program: Command): boolean => !isCommand(program, program.args[0] ?? '')

const isCommand = (program: Command, name: string): boolean =>
  name === 'help' || program.commands.some((command) => command.name() === name)

/** Every error of the command line ends with the command that prints help. */
function addHelpToErrors(command: Command): void {
  const topics = command.commands.length > 0 ? 'commands' : 'arguments and options'
  command.showHelpAfterError(`Run "${pathOf(command)} --help" for the ${topics}.`)
  for (const below of command.commands) addHelpToErrors(below)
}
