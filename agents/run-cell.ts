// One cell of the table: one program, one kind of upstream, one scenario.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { nodeFolder } from './install.ts'
import type { Program } from './programs/program.ts'
import { prepareWork, type Scenario, scriptsFor, wrongFiles } from './scenarios.ts'
import type { Upstream } from './upstreams.ts'
import { MODEL, startWorld, type World } from './world.ts'

export interface CellResult {
  /** `none`: the program has no tool for it; `known`: it fails for a reason that is not the gateway's. */
  readonly outcome: 'pass' | 'FAIL' | 'none' | 'known'
  /** Why it failed, most telling first. */
  readonly problems: readonly string[]
  readonly seconds: number
}

export interface Cell {
  readonly program: Program
  readonly scenario: Scenario
  /** The first serves the model, the others are fallbacks. */
  readonly upstreams: readonly Upstream[]
  readonly limitSeconds: number
  /** Keeps the folders, and writes each upstream request there. */
  readonly keeps: boolean
}

export async function runCell(cell: Cell): Promise<CellResult> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-agent-'))
  const work = join(folder, 'work')
  for (const name of ['home', 'work', 'trace']) mkdirSync(join(folder, name))
  prepareWork(work)
  const scripts = scriptsFor(cell.scenario, cell.program, work)
  if (!scripts) return { outcome: 'none', problems: [], seconds: 0 }
  const startedMs = performance.now()
  const world = await startWorld(cell.upstreams, scripts, cell.keeps ? join(folder, 'trace') : undefined)
  try {
    const problems = await play(cell, folder, world)
    if (cell.keeps) console.error(`${cell.program.name}, ${cell.scenario.name}: ${folder}`)
    return {
      outcome: problems.length === 0 ? 'pass' : 'FAIL',
      problems,
      seconds: (performance.now() - startedMs) / 1000,
    }
  } finally {
    await world.stop()
    if (!cell.keeps) rmSync(folder, { recursive: true, force: true })
  }
}

async function play(cell: Cell, folder: string, world: World): Promise<readonly string[]> {
  const { scenario } = cell
  const stopWatching = scenario.failsOver ? failAfterFirst(world) : () => {}
  const outputs = [await runProgram(cell, folder, world, scenario.prompt, false)]
  const compactPrompt = scenario.compacts && cell.program.compaction?.prompt
  if (compactPrompt) outputs.push(await runProgram(cell, folder, world, compactPrompt, true))
  if (scenario.more) outputs.push(await runProgram(cell, folder, world, scenario.more.prompt, true))
  stopWatching()
  const wrong = wrongFiles(scenario, join(folder, 'work'))
  const lastText = (scenario.more ?? scenario).turns.at(-1)!.text!
  const isTold = outputs.at(-1)!.text.includes(lastText)
  const problems = [
    ...world.rejections(),
    ...wrong,
    ...outputs.flatMap(({ problem }) => problem ?? []),
    ...(isTold ? [] : [`the last text did not arrive; the program wrote: ${outputs.at(-1)!.text.slice(-600)}`]),
  ]
  return scenario.failsOver && world.servers[1]?.metrics.requests === 0
    ? [...problems, 'the fallback was not asked']
    : problems
}

/** Arms a 429 for everything at the first server as soon as it has a request. */
function failAfterFirst({ servers: [first] }: World): () => void {
  const timer = setInterval(() => {
    if (first!.metrics.requests === 0) return
    clearInterval(timer)
    void first!.faults.arm({ kind: 'status-429', rate: 1, count: null } as never)
  }, 2)
  return () => clearInterval(timer)
}

interface Output {
  readonly text: string
  readonly problem?: string
}

async function runProgram(
  cell: Cell,
  folder: string,
  world: World,
  prompt: string,
  continues: boolean,
): Promise<Output> {
  const home = join(folder, 'home')
  const work = join(folder, 'work')
  const mcp = cell.scenario.usesMcp
    ? [join(nodeFolder(), 'node'), resolve(import.meta.dir, 'mcp-server.mjs')]
    : undefined
  const { url, key } = world
  const start = {
    url,
    key,
    model: (mcp ? cell.program.mcpModel : cell.program.model) ?? MODEL,
    prompt,
    home,
    work,
    continues,
    compacts: continues && cell.scenario.compacts === true,
    ...(mcp && { mcp }),
  }
  const { command, environment } = cell.program.launch(start)
  const child = Bun.spawn([...command], {
    cwd: work,
    env: { ...environmentFor(home), ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: cell.limitSeconds * 1000,
    killSignal: 'SIGKILL',
  })
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  await child.exited
  const text = `${stdout}\n${stderr}`
  if (child.signalCode === 'SIGKILL') return { text, problem: `no end within ${cell.limitSeconds} s` }
  return child.exitCode === 0 ? { text } : { text, problem: `exit code ${child.exitCode}` }
}

/** Nothing of the machine's own settings; every address but this machine's leads to a closed port. */
const environmentFor = (home: string): Record<string, string> => ({
  PATH: `${nodeFolder()}:${process.env['PATH'] ?? ''}`,
  HOME: home,
  XDG_CONFIG_HOME: join(home, '.config'),
  XDG_DATA_HOME: join(home, '.local/share'),
  XDG_CACHE_HOME: join(home, '.cache'),
  TMPDIR: home,
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1,localhost',
  NO_COLOR: '1',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
})
