/** Known data sets, and where they lie on this machine. Read by services and the CLI. */
@NullMarked
package dev.frl.data.store;

import org.jspecify.annotations.NullMarked;
