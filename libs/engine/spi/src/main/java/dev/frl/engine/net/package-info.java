/** Architectures and their weights, independent of engines. For services and for authors of engines. */
@NullMarked
package dev.frl.engine.net;

import org.jspecify.annotations.NullMarked;
