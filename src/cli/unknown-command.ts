import type { Command } from 'commander'
import { nearNames } from '../near-names.ts'

/** Exits with an error for an unknown command, with a suggestion. */
export function failUnknownCommand(program: Command, name: string): never {
  const code = { code: 'commander.unknownCommand', exitCode: 1 }
  const names = program.commands.map((command) => command.name())
  if (names.includes(name))
    program.error(`error: the command goes before its options: ${pathOf(program)} ${name} [options]`, code)
  return program.error(`error: unknown command "${name}"${adviceFor(program, name, names)}`, code)
}

function adviceFor(program: Command, name: string, names: readonly string[]): string {
  const [nearest] = nearNames(name, names, 1)
  if (nearest !== undefined) return `; did you mean "${nearest}"?`
  if (names.includes('serve') && /\.(?:ya?ml|json)$/i.test(name))
    return `; to serve a configuration file: ${pathOf(program)} serve ${name}`
  return `; the commands are ${names.join(', ')}`
}

/** The full name of a command: `sluice explain`. */
export const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
