/**
 * Object stores that speak S3, such as AWS, MinIO and Ceph.
 * Found by trainers and attackers at run time, for places such as {@code s3://bucket/prefix}.
 */
@NullMarked
package dev.frl.s3;

import org.jspecify.annotations.NullMarked;
