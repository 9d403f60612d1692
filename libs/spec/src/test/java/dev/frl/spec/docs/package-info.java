@NullMarked
package dev.frl.spec.docs;

import org.jspecify.annotations.NullMarked;
