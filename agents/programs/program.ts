// How one agent is configured, started without a terminal, and told what to do.
import type { ScriptCall } from '../../src/sim/plan/script.ts'

/** What the model does in one call of a tool. Each program has its own tools for it. */
export type Step =
  | { readonly do: 'read'; readonly file: string }
  | { readonly do: 'write'; readonly file: string; readonly content: string }
  | { readonly do: 'shell'; readonly command: string }
  | { readonly do: 'look'; readonly file: string }
  | { readonly do: 'mcp'; readonly arguments: Readonly<Record<string, unknown>> }

export interface Start {
  /** The address of the gateway, without a path. */
  readonly url: string
  readonly key: string
  readonly model: string
  readonly prompt: string
  /** An empty home folder. */
  readonly home: string
  /** The folder in which the agent works. */
  readonly work: string
  /** The command of an MCP server (stdio) with the tool `lookup`; undefined: none. */
  readonly mcp?: readonly string[]
  /** Continue the conversation of the run before. */
  readonly continues: boolean
  /** Compact the conversation before the prompt. */
  readonly compacts: boolean
}

export interface Launch {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

export interface Program {
  readonly name: string
  /** The model to name to it; default: `house-model`. */
  readonly model?: string
  /** The same for scenarios with MCP tools. */
  readonly mcpModel?: string
  /** The only scenario that it plays; undefined: all. */
  readonly onlyScenario?: string
  /** It has no memory: it cannot continue a conversation. */
  readonly isLoop?: true
  /** The call for a step; undefined: it has no tool for it. */
  call(step: Step, work: string): ScriptCall | undefined
  /** What the model must call before it can use the tools of an MCP server. */
  readonly mcpSearch?: ScriptCall
  /** How a conversation is compacted without a terminal; undefined: not at all. */
  readonly compaction?: {
    /** Part of the prompt with which the program asks the model for a summary. */
    readonly asksFor: string
    /** A command that compacts, in a run of its own; undefined: `launch` sets a limit of tokens. */
    readonly prompt?: string
    /** Turns of the assistant that the program itself writes after the summary; default: 0. */
    readonly ownTurns?: number
  }
  /** Writes configuration files into `home` and `work` and returns the command. */
  launch(start: Start): Launch
}
