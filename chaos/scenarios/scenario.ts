/** One kind of disruption in detail. */
export interface Scenario {
  readonly title: string
  /** Runs it; leaves no process behind. */
  run(): Promise<ScenarioResult>
}

export interface ScenarioResult {
  /** The rows of the result table. */
  readonly rows: readonly (readonly [name: string, value: string | number])[]
  /** Whether the scenario passed. */
  readonly holds: boolean
}
