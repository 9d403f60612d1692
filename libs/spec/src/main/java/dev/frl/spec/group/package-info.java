/**
 * The keys of a spec, one class a group, each beside the method that builds the group's record. For readers who add or change a
 * setting: begin with {@link dev.frl.spec.group.OptimizerKeys}. Used within libs/spec only.
 */
@NullMarked
package dev.frl.spec.group;

import org.jspecify.annotations.NullMarked;
