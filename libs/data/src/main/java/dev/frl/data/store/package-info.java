/**
 * The catalogue of data sets, and the store that finds, downloads and loads them on this machine.
 * Read by the services, the spec reader and the CLI.
 */
@NullMarked
package dev.frl.data.store;

import org.jspecify.annotations.NullMarked;
