/** TLS of clients from the files that Python programs use. Read by {@code dev.frl.tracking}. */
@NullMarked
package dev.frl.tracking.tls;

import org.jspecify.annotations.NullMarked;
