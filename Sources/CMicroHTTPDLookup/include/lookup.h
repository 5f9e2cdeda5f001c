#ifndef JETON_MICROHTTPD_LOOKUP_H
#define JETON_MICROHTTPD_LOOKUP_H

// Nothing is called from here: libmicrohttpd finds what stands in lookup.c in place of a function of its own.

#endif
