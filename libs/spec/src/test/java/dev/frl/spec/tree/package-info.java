@NullMarked
package dev.frl.spec.tree;

import org.jspecify.annotations.NullMarked;
