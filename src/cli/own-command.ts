/** The command that starts this program again with the same arguments, from its source or as the executable. */
export function ownCommand(): readonly [string, ...string[]] {
  const isExecutable = /^(\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/.test(Bun.main) // the folder of the files inside an executable
  return [process.execPath, ...process.argv.slice(isExecutable ? 2 : 1)]
}
