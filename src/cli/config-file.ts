// The argument and the option with which commands take a configuration file.
import { resolve } from 'node:path'
import type { Command } from 'commander'

const DEFAULT = 'default: $SLUICE_CONFIG, or ./sluice.yaml if it exists'

/** `[FILE]` and `-c, --config FILE`, which have the same meaning. */
export const takesConfigFile = (command: Command): Command =>
  command
    .argument('[file]', `the configuration file (${DEFAULT})`)
    .option('-c, --config <file>', 'the same, as an option')

/** The file that was named in either way. Exits with an error if they name different files. */
export function configFileOf(
  command: Command,
  argument: string | undefined,
  option: string | undefined,
): string | undefined {
  if (argument !== undefined && option !== undefined && resolve(argument) !== resolve(option))
    command.error(`error: two configuration files are given, ${argument} and ${option}; give one of them`)
  return argument ?? option
}
