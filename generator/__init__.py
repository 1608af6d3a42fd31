"""From a profile to what a deployment is made of: at this stage its text, its policy and the rules' pages."""
