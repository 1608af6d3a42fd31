"""From a profile to what a deployment is made of: at this stage its policy and the rules' pages."""
