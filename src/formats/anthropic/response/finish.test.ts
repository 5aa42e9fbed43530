import { describe, expect, test } from 'bun:test'
import type { Finish, FinishReason } from '../../../chat/finish.ts'
import { Losses } from '../../translation/losses.ts'
import { decodeFinish, encodeFinish } from './finish.ts'

const policy = { type: 'refusal', category: 'cyber', explanation: null }

describe('a stop reason is decoded', () => {
  test.each<[unknown, FinishReason]>([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop-sequence'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool-calls'],
    ['pause_turn', 'pause'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'context-full'],
    ['compaction', 'other'],
    ['constructor', 'other'],
  ])('%s', (native, reason) =>
    expect(decodeFinish({ stop_reason: native })).toEqual({ reason, native: native as string }),
  )

  test('an absent reason is not a normal end', () =>
    expect(decodeFinish({ stop_reason: null })).toEqual({ reason: 'other' }))
  test('a refusal by policy is a content filter', () =>
    expect(decodeFinish({ stop_reason: 'refusal', stop_details: policy })).toEqual({
      reason: 'content-filter',
      native: 'refusal',
      details: policy,
    }))
})

describe('a finish is encoded for a client', () => {
  test.each<[Finish, string, string | null, boolean]>([
    [{ reason: 'stop', native: 'STOP' }, 'end_turn', null, false],
    [{ reason: 'stop-sequence', stopSequence: 'x' }, 'stop_sequence', 'x', false],
    [{ reason: 'length' }, 'max_tokens', null, false],
    [{ reason: 'context-full' }, 'model_context_window_exceeded', null, false],
    [{ reason: 'tool-calls' }, 'tool_use', null, false],
    [{ reason: 'content-filter', details: {} }, 'refusal', null, true],
    [{ reason: 'pause' }, 'pause_turn', null, false],
    [{ reason: 'malformed-tool-call', native: 'MALFORMED_FUNCTION_CALL' }, 'end_turn', null, true],
    [{ reason: 'other', native: 'load' }, 'end_turn', null, true],
  ])('%j', (finish, reason, sequence, isNoted) => {
    const losses = new Losses()
    expect(encodeFinish(finish, false, losses)).toEqual({
      stop_reason: reason,
      stop_sequence: sequence,
      stop_details: null,
    })
    expect(losses.list.length > 0).toBe(isNoted)
  })

  test('an unknown reason of the same format is written unchanged', () =>
    expect(encodeFinish({ reason: 'other', native: 'compaction', details: policy }, true, new Losses())).toEqual({
      stop_reason: 'compaction',
      stop_sequence: null,
      stop_details: policy,
    }))
})
