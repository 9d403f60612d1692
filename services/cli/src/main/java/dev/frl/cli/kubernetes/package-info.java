/**
 * Kubernetes objects that carry out a sweep, written as YAML.
 * Read by the commands.
 */
@NullMarked
package dev.frl.cli.kubernetes;

import org.jspecify.annotations.NullMarked;
