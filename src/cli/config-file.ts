// How the commands that read a configuration let it be named.
import { resolve } from 'node:path'
import type { Command } from 'commander'

const USUAL = 'default: $SLUICE_CONFIG, else ./sluice.yaml if it exists'

/** `[FILE]` and `-c, --config FILE`, which name the same. */
export const takesConfigFile = (command: Command): Command =>
  command
    .argument('[file]', `the configuration file (${USUAL})`)
    .option('-c, --config <file>', 'the same, as an option')

/** The file that was named either way. Ends the command when the two ways name different files. */
export function configFileOf(
  command: Command,
  argument: string | undefined,
  option: string | undefined,
): string | undefined {
  if (argument !== undefined && option !== undefined && resolve(argument) !== resolve(option))
    command.error(`error: two configuration files are given, ${argument} and ${option}; give one of them`)
  return argument ?? option
}
