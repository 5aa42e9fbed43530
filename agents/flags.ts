import { Command, InvalidArgumentError } from 'commander'

export interface Flags {
  readonly agent?: string
  readonly upstream?: string
  readonly scenario?: string
  readonly limit: number
  readonly jobs: number
  readonly keep?: boolean
  readonly clients?: boolean
}

export const createAgentsProgram = (): Command =>
  new Command('npm run test:agents --')
    .description('let real agents do tasks through the gateway, at every kind of upstream')
    .option('--agent <name>', 'this agent only, such as claude-code')
    .option('--upstream <name>', 'this kind of upstream only, such as gemini')
    .option('--scenario <name>', 'this scenario only: task, fallback, picture, mcp, continue or compact')
    .option('--clients', 'clients of other languages instead of agents; the same as `npm run test:clients`')
    .option('--limit <seconds>', 'time limit of one run of an agent', positive, 120)
    .option('--jobs <count>', 'agents that run at the same time', positive, 2)
    .option('--keep', 'keep the folders of the agents, with every request that an upstream received')

function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Use a whole number above 0.')
}
