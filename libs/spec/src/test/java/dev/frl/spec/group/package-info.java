@NullMarked
package dev.frl.spec.group;

import org.jspecify.annotations.NullMarked;
