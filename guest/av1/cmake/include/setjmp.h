// WebAssembly components have no setjmp. libaom uses it to return from errors that its callers can
// only prevent: wrong settings, which are checked before, and memory that cannot be had. Both end the
// instance instead, and with it nothing else.
#ifndef OBSCURA_SETJMP_H
#define OBSCURA_SETJMP_H

typedef int jmp_buf[1];
#define setjmp(environment) ((void)(environment), 0)
#define longjmp(environment, value) __builtin_trap()

#endif
