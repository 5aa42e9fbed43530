/** One thing that goes wrong, looked at closely. */
export interface Scene {
  readonly title: string
  /** Runs it; leaves no process behind. */
  play(): Promise<SceneResult>
}

export interface SceneResult {
  /** What was counted or measured, in the order in which it is shown. */
  readonly rows: readonly (readonly [name: string, value: string | number])[]
  /** Whether it went as it should. */
  readonly holds: boolean
}
