variable "region" {
  type        = string
  default     = "ap-southeast-2"
  description = "Where the image is made."
}

variable "copy_to_regions" {
  type        = list(string)
  default     = ["eu-west-2"]
  description = "Where else it is needed; [] if nowhere."
}

variable "kms_key_ids" {
  type        = map(string)
  default     = {}
  description = "For a region the key that encrypts the image there, an alias or an ARN; else the account's default."

  validation {
    condition     = length(var.kms_key_ids) == length([for key in values(var.kms_key_ids) : key if can(regex("^(alias/|arn:)", key))])
    error_message = "Each key begins with 'alias/' or 'arn:'."
  }
}

variable "share_with" {
  type        = list(string)
  default     = []
  description = "Other accounts that may launch the image; it then needs a key of yours in each region."

  validation {
    condition     = length(var.share_with) == length([for account in var.share_with : account if can(regex("^[0-9]{12}$", account))])
    error_message = "Accounts are named by their twelve digits."
  }
}

variable "instance_type" {
  type        = string
  default     = "c8g.large"
  description = "A Graviton machine to make the image on; the AOT cache is trained on it."

  validation {
    condition     = can(regex("^[a-z]+[0-9]+g[a-z]*\\.", var.instance_type))
    error_message = "The image is for arm64: instance_type names a Graviton machine, such as c8g.large or t4g.small."
  }
}

variable "subnet_id" {
  type        = string
  default     = ""
  description = "A subnet with a way out to the package repositories and Systems Manager; empty: one of the default VPC."
}

variable "associate_public_ip_address" {
  type        = bool
  default     = true
  description = "The way out in a default VPC (no way in: no port is open); false in a subnet with a NAT gateway."
}

variable "volume_size" {
  type        = number
  default     = 8
  description = "Root volume in GiB."
}

variable "version" {
  type        = string
  default     = "0.1.0-SNAPSHOT"
  description = "The version in the jar; for tags and the manifest."
}

variable "jar" {
  type        = string
  default     = "target/image-origin.jar"
  description = "The jar, seen from where packer is run."

  validation {
    condition     = fileexists(var.jar)
    error_message = "The jar is not there: build it with ./mvnw package and run packer from the checkout, or name it with -var jar=PATH."
  }
}

variable "parameter_prefix" {
  type        = string
  default     = "/image-origin/ami"
  description = "The image's id is written to {prefix}/arm64 in Parameter Store, in each region."

  validation {
    condition     = can(regex("^/[A-Za-z0-9_./-]*[A-Za-z0-9_.-]$", var.parameter_prefix))
    error_message = "The prefix begins with '/' and does not end with one."
  }
}

variable "deprecate_after" {
  type        = string
  default     = "2160h"
  description = "After how long AWS marks the image as deprecated (90 days)."
}
