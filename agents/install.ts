// Installs the programs into a cache folder outside of the lockfile, once for each change of the table of versions.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nodePackage, PACKAGES } from './versions.ts'

/** `SLUICE_AGENTS_CACHE` moves the folder, so that several checkouts can share it. */
const folder = process.env['SLUICE_AGENTS_CACHE'] ?? resolve(import.meta.dir, '../.cache/agents')

const modules = join(folder, 'node_modules')

/** A file of an installed package. */
export const installed = (...path: readonly string[]): string => join(modules, ...path)

/** The Node.js that runs the programs. */
export const nodeFolder = (): string => installed(nodePackage(), 'bin')

/** Throws with npm's output. The install scripts are not run: they would download what the packages already hold. */
export function installAgents(): void {
  const wanted = JSON.stringify({ private: true, dependencies: PACKAGES }, null, 2)
  const stamp = join(folder, 'installed.json')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), wanted)
  console.error(`Installing the agents into ${folder} (once)...`)
  const npm = Bun.spawnSync(['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  if (npm.exitCode !== 0) throw new Error(`npm install failed:\n${npm.stderr.toString()}${npm.stdout.toString()}`)
  writeFileSync(stamp, wanted)
}
