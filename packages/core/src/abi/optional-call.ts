/** By which AssemblyScript is told how many arguments the next call has. */
export const setArgumentsLength = '__setArgumentsLength'
