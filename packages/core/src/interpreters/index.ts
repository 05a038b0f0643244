// Sessions
export {
  createInterpreters,
  type InterpreterCreateOptions,
  type Interpreters,
  type InterpreterStorage,
  type InterpretersOptions,
} from './engine.ts'
export type { InterpreterSession } from './session.ts'
export type { SessionCommand, SessionCommandOptions, SessionResult } from './session-types.ts'
export type { SessionFileEntry, SessionFiles } from './session-files.ts'
export type { InterpreterRuntime } from './runtimes.ts'
// Errors
export { InterpreterError, type InterpreterErrorCode } from './errors.ts'
export { GuestDependencyError } from '../guests/dependency-error.ts'
// Functions
export {
  createFunctionRunner,
  type FunctionRunnerOptions,
  type FunctionStarter,
  type RunningFunction,
} from './function-runner.ts'
export type {
  FunctionCall,
  FunctionCallOptions,
  FunctionFault,
  FunctionLog,
  FunctionResult,
  FunctionSource,
} from './function-types.ts'
