// npm run test:agents: real coding agents do a task through a real gateway, at every kind of upstream. See docs/agents.md.
import { installClients } from './clients/install.ts'
import { clients } from './clients/programs.ts'
import { createAgentsProgram, type Flags } from './flags.ts'
import { installAgents } from './install.ts'
import { isolateNetwork } from './isolate.ts'
import { knownReason } from './known.ts'
import { claudeCode } from './programs/claude-code.ts'
import { codex, searchingCodex } from './programs/codex.ts'
import { geminiCli } from './programs/gemini-cli.ts'
import { loops } from './programs/loops.ts'
import { opencode } from './programs/opencode.ts'
import type { Program } from './programs/program.ts'
import { qwenCode } from './programs/qwen-code.ts'
import { type Cell, type CellResult, runCell } from './run-cell.ts'
import { type Scenario, SCENARIOS, scriptsFor } from './scenarios.ts'
import { renderTable } from './table.ts'
import { UPSTREAMS } from './upstreams.ts'

const AGENTS: readonly Program[] = [...loops, claudeCode, codex, searchingCodex, geminiCli, opencode, qwenCode]

const flags = createAgentsProgram().parse().opts<Flags>()

const matches = (name: string, wanted: string | undefined) =>
  wanted === undefined || name.toLowerCase().replaceAll(/[ ,]+/g, '-') === wanted.toLowerCase()

if (flags.clients) installClients()
else installAgents()
isolateNetwork()

const cells: Cell[] = (flags.clients ? clients : AGENTS)
  .filter(({ name }) => matches(name, flags.agent))
  .flatMap((program) =>
    SCENARIOS.filter((scenario) => isPlayed(program, scenario)).flatMap((scenario) =>
      UPSTREAMS.filter(({ name }) => matches(name, flags.upstream)).map((upstream) => ({
        program,
        scenario,
        upstreams: scenario.failsOver
          ? [upstream, UPSTREAMS[(UPSTREAMS.indexOf(upstream) + 3) % UPSTREAMS.length]!]
          : [upstream],
        limitSeconds: flags.limit,
        keeps: flags.keep === true,
      })),
    ),
  )

const startedMs = performance.now()
const results = new Map<Cell, CellResult>()
const open = [...cells]
await Promise.all(Array.from({ length: flags.jobs }, worker))
console.log(renderTable(results))
const failed = [...results.values()].filter(({ outcome }) => outcome === 'FAIL').length
console.log(`\n${((performance.now() - startedMs) / 1000).toFixed(0)} s`)
console.log(`${results.size - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

/** Whether the program can play the scenario, and the flags want it. */
function isPlayed(program: Program, scenario: Scenario): boolean {
  if (program.onlyScenario !== undefined && program.onlyScenario !== scenario.name) return false
  if (!matches(scenario.name, flags.scenario) || (scenario.more && program.isLoop)) return false
  return scriptsFor(scenario, program, '/') !== undefined
}

async function worker(): Promise<void> {
  for (let cell = open.shift(); cell !== undefined; cell = open.shift()) {
    const result = await runCell(cell)
    const { program, scenario, upstreams } = cell
    const known = result.outcome === 'FAIL' && knownReason(program.name, scenario.name, upstreams[0]!.name)
    results.set(cell, known ? { ...result, outcome: 'known', problems: [known] } : result)
    const where = `${program.name}, ${scenario.name}, ${upstreams.map(({ name }) => name).join(' then ')}`
    const { outcome, problems, seconds } = results.get(cell)!
    console.error(`${outcome} ${where} (${seconds.toFixed(1)} s)`)
    for (const problem of problems.slice(0, 4)) console.error(`     ${problem.slice(0, 1200)}`)
  }
}
