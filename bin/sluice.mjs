#!/usr/bin/env node
// `sluice` where only Node is installed: runs src/main.ts with the Bun that is among this package's dependencies.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'

// `npm link` and `npx` start this through a symbolic link.
const self = realpathSync(fileURLToPath(import.meta.url))
const root = dirname(dirname(self))
const bun = findBun()
if (bun === undefined) {
  process.stderr.write(`sluice: Bun, which runs it, is not installed in ${root}. Run "npm ci" there, then try again.\n`)
  process.exit(1)
}
const args = [join(root, 'src', 'main.ts'), ...process.argv.slice(2)]
if (process.execve) process.execve(bun, [bun, ...args], process.env) // Node 22.15 or later: no second process stays
else runBeside()

/** The pinned Bun; undefined when it is missing, or is only the small placeholder that its install script replaces. */
function findBun() {
  try {
    const manifest = createRequire(self).resolve('bun/package.json')
    const file = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.bun)
    return existsSync(file) && statSync(file).size > 1_000_000 ? file : undefined
  } catch {
    return undefined
  }
}

/** Runs it as a child and ends as it ends. It has this process's standard streams, and gets its signals. */
function runBeside() {
  const child = spawn(bun, args, { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child too. Sent on as well, it would be two: the second ends the gateway at once.
  const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'])
    process.on(signal, () => {
      if (!hasTerminal || (signal !== 'SIGINT' && signal !== 'SIGQUIT')) child.kill(signal)
    })
  child.on('error', (error) => {
    process.stderr.write(`sluice: ${bun} does not start (${error.message}). Run "npm ci" in ${root}, then try again.\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1000) // where that signal is ignored
  })
}
