/** How this program is started once more with the same arguments, from its source or as the executable. */
export function ownCommand(): readonly [string, ...string[]] {
  const isExecutable = /^(\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/.test(Bun.main) // where an executable keeps what was built into it
  return [process.execPath, ...process.argv.slice(isExecutable ? 2 : 1)]
}
